// Accounts, for admins: find, make, change the role, disable, delete.
import { Fragment, h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { Message, PageHeader, useFocusAfterDelete } from '../ui/page-header.js';
import { Pager } from '../ui/pager.js';
import { Select } from '../ui/select.js';
import { isAbort, messageOf } from '../api/client.js';
import { listAdminIds, listUsers, updateUser } from '../api/users.js';
import { visibleText } from '../lib/labels.js';
import { showToast, speak } from '../state/notices.js';
import { isAdmin, user as self } from '../state/session.js';
import { Age } from './age.js';
import { AdminsOnly, SettingsTabs } from './settings-tabs.js';
import { PAGE_SIZE, usePagedList, useSettled } from './use-paged-list.js';
import { CreateUserDialog, DeleteUserDialog, LoseRightsDialog, PasswordDialog } from './user-dialogs.js';

/** @typedef {import('../../types/app').User} User */
/** @typedef {import('../../types/app').UserUpdate} UserUpdate */
/** @typedef {{kind: 'create'} | {kind: 'password' | 'delete', user: User} | {kind: 'lose', user: User, change: UserUpdate}} Open */

const ROLES = [{ value: 'viewer', label: 'Viewer' }, { value: 'editor', label: 'Editor' }, { value: 'admin', label: 'Admin' }];
const LAST_ADMIN = 'The only admin who can sign in: make another account an admin first.';

export function UsersPage() {
  return isAdmin() ? h(Users, {}) : h(AdminsOnly, { title: 'Users' });
}

function Users() {
  const [search, setSearch] = useState('');
  const settled = useSettled(search);
  const [open, setOpen] = useState(/** @type {Open | null} */ (null));
  const { phase, list, total, message, page, setPage, reload } = usePagedList((number, signal) => listUsers({ search: settled, page: number, pageSize: PAGE_SIZE }, signal), settled);
  const lastAdminId = useLastAdmin(list);
  const expectDelete = useFocusAfterDelete(list);
  const close = () => setOpen(null);
  /** @param {User} user @param {UserUpdate} change @param {string} done */
  const apply = async (user, change, done) => {
    try {
      await updateUser(user.id, change);
      showToast(done);
    } catch (error) {
      showToast(messageOf(error), { kind: 'error' });
    }
    reload();
  };
  /** @param {User} user @param {UserUpdate} change @param {string} done */
  const wish = (user, change, done) => {
    const losesRights = user.id === self.value?.id && (change.disabled === true || (change.role !== undefined && change.role !== 'admin'));
    if (losesRights) setOpen({ kind: 'lose', user, change });
    else apply(user, change, done);
  };
  const create = h(Button, { kind: 'primary', icon: 'plus', onClick: () => setOpen({ kind: 'create' }) }, 'New user');
  return h(Fragment, null,
    h(PageHeader, { title: 'Users', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak },
      h('label', { class: 'search' }, h(Icon, { name: 'search' }), h('input', {
        class: 'input', type: 'search', value: search, placeholder: 'Search', 'aria-label': 'Search users',
        onInput: (/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      })), create),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/users' }),
      h('p', { class: 'page-lead' }, 'Viewers look at dashboards, editors make them, admins also manage users and settings.'),
      phase === 'failed' ? h(Message, { icon: 'critical', title: message, children: h(Button, { icon: 'refresh', onClick: reload }, 'Retry') }) : null,
      phase === 'ready' && list.length === 0 ? h(Message, { title: 'No user matches', children: h(Button, { onClick: () => setSearch('') }, 'Show all') }) : null,
      list.length > 0 ? h(UserTable, {
        list, lastAdminId, onRole: (user, role) => wish(user, { role }, `${visibleText(user.email)} is ${role} now`),
        onDisable: (user, isDisabled) => wish(user, { disabled: isDisabled }, `${visibleText(user.email)} ${isDisabled ? 'cannot sign in any more' : 'can sign in again'}`),
        onOpen: setOpen,
      }) : null,
      h(Pager, { page, pageSize: PAGE_SIZE, total, label: 'Pages of users', onChange: setPage })),
    open?.kind === 'create' ? h(CreateUserDialog, { onClose: close, onDone: reload }) : null,
    open?.kind === 'password' ? h(PasswordDialog, { user: open.user, onClose: close }) : null,
    open?.kind === 'delete' ? h(DeleteUserDialog, {
      user: open.user,
      onClose: close,
      onDone: () => {
        expectDelete();
        reload();
      },
    }) : null,
    open?.kind === 'lose' ? h(LoseRightsDialog, { user: open.user, change: open.change, onClose: close }) : null);
}

/**
 * @param {User[]} list
 * @returns {string} the id of the only admin; "" when there are more
 */
function useLastAdmin(list) {
  const [id, setId] = useState('');
  useEffect(() => {
    if (list.length === 0) return undefined;
    const abort = new AbortController();
    listAdminIds(abort.signal).then((ids) => setId(ids.length === 1 ? ids[0] ?? '' : '')).catch((error) => {
      // The server refuses it all the same, in its own words.
      if (!isAbort(error)) setId('');
    });
    return () => abort.abort();
  }, [list]);
  return id;
}

/**
 * @typedef {object} TableProps
 * @property {User[]} list
 * @property {string} lastAdminId
 * @property {(user: User, role: User['role']) => void} onRole
 * @property {(user: User, isDisabled: boolean) => void} onDisable
 * @property {(open: Open) => void} onOpen
 */

/** @param {TableProps} props */
function UserTable(props) {
  return h('div', { class: 'table-scroll is-stacking' }, h('table', { class: 'table' },
    h('thead', null, h('tr', null,
      h('th', { scope: 'col' }, 'E-mail'), h('th', { scope: 'col' }, 'Role'), h('th', { scope: 'col' }, 'Last seen'), h('th', { scope: 'col' }, 'Created'),
      h('th', { scope: 'col' }, h('span', { class: 'only-spoken' }, 'Actions')))),
    h('tbody', null, props.list.map((user) => h(Row, { key: user.id, user, ...props })))));
}

/** @param {TableProps & {user: User}} props */
function Row({ user, lastAdminId, onRole, onDisable, onOpen }) {
  const email = visibleText(user.email);
  const isLocked = user.id === lastAdminId;
  return h('tr', { class: user.disabled ? 'is-off' : '' },
    h('td', { class: 'is-name' }, h('span', { class: 'cell-text', title: email }, email),
      user.id === self.value?.id ? h('span', { class: 'chip' }, 'you') : null,
      user.disabled ? h('span', { class: 'chip is-warning' }, 'disabled') : null,
      isLocked ? h('span', { class: 'cell-note', id: `last-admin-${user.id}` }, LAST_ADMIN) : null),
    h('td', { 'data-label': 'Role' }, h(Select, {
      value: user.role, options: ROLES, label: `Role of ${email}`, isSmall: true, isDisabled: isLocked,
      describedBy: isLocked ? `last-admin-${user.id}` : undefined, onChange: (role) => onRole(user, /** @type {User['role']} */ (role)),
    })),
    h('td', { 'data-label': 'Last seen' }, h(Age, { at: user.lastSeenAt, otherwise: 'never' })),
    h('td', { class: 'is-minor', 'data-label': 'Created' }, h(Age, { at: user.createdAt })),
    h('td', { class: 'is-actions' }, h(Menu, {
      label: `Actions for ${email}`,
      ...(isLocked ? { header: h('span', { class: 'menu-note' }, LAST_ADMIN) } : {}),
      items: [
        { label: 'Set a new password…', icon: 'key', onSelect: () => onOpen({ kind: 'password', user }) },
        ...(isLocked ? [] : [
          user.disabled ? { label: 'Enable', icon: 'check', onSelect: () => onDisable(user, false) } : { label: 'Disable', icon: 'stop', onSelect: () => onDisable(user, true) },
          { label: 'Delete…', icon: 'trash', isDanger: true, startsGroup: true, onSelect: () => onOpen({ kind: 'delete', user }) },
        ]),
      ],
      children: h(Icon, { name: 'more' }),
    })));
}
