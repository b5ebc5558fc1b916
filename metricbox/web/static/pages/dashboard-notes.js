// What a dashboard's page shows in place of panels: it could not be loaded, or it has none. Fetched when that is so.
import { Fragment, h } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { ApiError, messageOf } from '../api/client.js';
import { speak } from '../state/notices.js';

const PARENT = { label: 'Dashboards', href: '/' };

/** @param {{error: unknown, onRetry: () => void}} props */
export function FailedDashboard({ error, onRetry }) {
  const status = error instanceof ApiError ? error.status : 0;
  const isGone = status === 404 || status === 400;
  const isForbidden = status === 403;
  const title = isGone ? 'This dashboard does not exist' : isForbidden ? 'Your role does not allow this dashboard' : messageOf(error);
  const text = isGone ? 'It may have been deleted, or the link may be cut.' : isForbidden ? 'Its owner or an administrator can make it public.' : '';
  return h(Fragment, null,
    h(PageHeader, { title: isGone ? 'Not found' : isForbidden ? 'No access' : 'Not loaded', parent: PARENT, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, {
      icon: isGone ? 'search' : 'critical', title, text,
      children: [
        isGone || isForbidden ? null : h(Button, { key: 'retry', kind: 'primary', icon: 'refresh', onClick: onRetry }, 'Retry'),
        h('a', { key: 'list', class: 'button is-plain', href: '/' }, 'All dashboards'),
      ],
    })));
}

/**
 * A dashboard without panels.
 * @param {{id: string, onEdit: (() => void) | null, isEditing: boolean}} props onEdit: null for who may not change it
 */
export function EmptyDashboard({ id, onEdit, isEditing }) {
  return h('div', { class: 'page-body' }, onEdit ? h(Message, {
    icon: 'dashboards', title: 'Add your first panel', text: 'A panel shows a metric as a chart, a number or a table. Choose one of those that have arrived, and see it at once.',
    children: [
      h('a', { key: 'add', class: 'button is-primary', href: `/dashboard/${id}/panel/new?type=line` }, h(Icon, { name: 'plus' }), 'Add a chart'),
      isEditing ? null : h(Button, { key: 'edit', onClick: onEdit }, 'Edit the dashboard'),
    ],
  }) : h(Message, {
    icon: 'dashboards', title: 'This dashboard has no panels yet', children: h('a', { class: 'button is-plain', href: '/' }, 'All dashboards'),
  }));
}
