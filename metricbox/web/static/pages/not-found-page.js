// An address that is no page.
import { Fragment, h } from '../ui/html.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { speak } from '../state/notices.js';

export function NotFoundPage() {
  return h(Fragment, null,
    h(PageHeader, { title: 'Not found', onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, {
      icon: 'search', title: 'There is no page at this address', text: 'It may have been deleted, or the link may be cut.',
      children: h('a', { class: 'button is-primary', href: '/' }, 'All dashboards'),
    })));
}
