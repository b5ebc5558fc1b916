// The kinds of channels: what each one's form asks for, and settings to and fro. Pure.

/** @typedef {import('../../types/app').Channel} Channel */
/** @typedef {Channel['type']} ChannelType */

/** What stands for a secret that is set, in both directions. */
export const MASK = '***';

/**
 * @typedef {object} ChannelField
 * @property {string} name of the setting
 * @property {string} label
 * @property {'text' | 'list' | 'number' | 'secret' | 'headers' | 'choice'} kind list: one a line or between commas
 * @property {boolean} [isRequired]
 * @property {string} [help]
 * @property {string} [placeholder]
 * @property {{value: string, label: string}[]} [options] of a choice
 * @property {string} [first] what a new one begins with
 */

/**
 * @typedef {object} ChannelKind
 * @property {string} label
 * @property {string} help
 * @property {string} drawing path of an icon
 * @property {ChannelField[]} fields
 */

const SECURITIES = [{ value: 'starttls', label: 'STARTTLS (usual with port 587)' }, { value: 'tls', label: 'TLS from the start (port 465)' }, { value: 'none', label: 'None (only within the own network)' }];

/** @type {Readonly<Record<ChannelType, ChannelKind>>} */
export const CHANNEL_KINDS = {
  email: {
    label: 'E-mail', help: 'A mail to each address, by an SMTP server.', drawing: 'M4 6h16v12H4zM4 7l8 6 8-6',
    fields: [
      { name: 'to', label: 'To', kind: 'list', isRequired: true, placeholder: 'ops@example.org', help: 'Several addresses with commas between them.' },
      { name: 'from', label: 'From', kind: 'text', isRequired: true, placeholder: 'metricbox@example.org' },
      { name: 'host', label: 'Mail server', kind: 'text', isRequired: true, placeholder: 'mail.example.org' },
      { name: 'port', label: 'Port', kind: 'number', first: '587' },
      { name: 'security', label: 'Encryption', kind: 'choice', options: SECURITIES, first: 'starttls' },
      { name: 'username', label: 'User name', kind: 'text', help: 'Empty when the server asks for none.' },
      { name: 'password', label: 'Password', kind: 'secret' },
    ],
  },
  webhook: {
    label: 'Webhook', help: 'The message as JSON to an address of yours, signed when it has a secret.', drawing: 'M9 4.500a4 4 0 0 1 4 5.500l3 5M8 18a4 4 0 1 1 2-7.500M16 20a4 4 0 1 0-3.500-5.500H8',
    fields: [
      { name: 'url', label: 'Address', kind: 'text', isRequired: true, placeholder: 'https\u003a//hooks.example.org/alerts' },
      { name: 'headers', label: 'Headers', kind: 'headers', help: 'Sent with each message, such as Authorization. Values are kept as secrets.' },
      { name: 'secret', label: 'Signing secret', kind: 'secret', help: 'Signs the body: X-Metricbox-Signature has its HMAC-SHA256.' },
    ],
  },
  slack: {
    label: 'Slack', help: 'An incoming webhook of Slack, Mattermost or Rocket.Chat.', drawing: 'M9.500 4v16M14.500 4v16M4 9.500h16M4 14.500h16',
    fields: [{ name: 'url', label: 'Webhook address', kind: 'secret', isRequired: true, placeholder: 'https\u003a//hooks.slack.com/services/…', help: 'Whoever has it may write, so it is kept as a secret.' }],
  },
  teams: {
    label: 'Teams', help: 'A workflow of Microsoft Teams that takes webhook requests.', drawing: 'M4 6h10v9H8l-4 4zM16 9h4v9l-3-2h-6',
    fields: [{ name: 'url', label: 'Workflow address', kind: 'secret', isRequired: true, placeholder: 'https\u003a//…', help: 'Whoever has it may write, so it is kept as a secret.' }],
  },
  ntfy: {
    label: 'ntfy', help: 'A topic of ntfy.sh or of an ntfy server of yours, for phones.', drawing: 'M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21h4',
    fields: [
      { name: 'url', label: 'Topic address', kind: 'text', isRequired: true, placeholder: 'https\u003a//ntfy.sh/my-topic' },
      { name: 'token', label: 'Access token', kind: 'secret', help: 'Empty when the topic is open.' },
    ],
  },
  alertmanager: {
    label: 'Alertmanager', help: 'Alerts to a Prometheus Alertmanager, which tells whom it knows.', drawing: 'M12 4 21 19.500H3zM12 10v4.500M12 17h.01',
    fields: [{ name: 'url', label: 'Address', kind: 'text', isRequired: true, placeholder: 'http\u003a//alertmanager:9093' }],
  },
  apprise: {
    label: 'Apprise', help: 'Any of the hundred services that Apprise knows, by its address.', drawing: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M8 12h8M12 8v8',
    fields: [{ name: 'url', label: 'Apprise address', kind: 'secret', isRequired: true, placeholder: 'tgram\u003a//bottoken/ChatID', help: 'As Apprise writes it. It holds tokens and passwords, so it is kept as a secret.' }],
  },
};

/** In the order in which they are offered. */
export const CHANNEL_TYPES = /** @type {ChannelType[]} */ (Object.keys(CHANNEL_KINDS));

/**
 * @typedef {object} FormValue
 * @property {string} text of a secret: what is typed in place of what is set
 * @property {boolean} isSet of a secret: one is stored, and stays
 * @property {{name: string, value: string, isSet: boolean}[]} rows of headers
 */

/** @typedef {Record<string, FormValue>} ChannelForm by the setting's name */

/**
 * @param {ChannelType} type
 * @param {Readonly<Record<string, unknown>> | null} settings as an answer has them; null for a new one
 * @returns {ChannelForm}
 */
export function formOfSettings(type, settings) {
  /** @type {ChannelForm} */
  const form = {};
  for (const { name, kind, first = '' } of CHANNEL_KINDS[type].fields) {
    const value = settings?.[name];
    const isSecret = kind === 'secret';
    const rows = kind === 'headers' && value && typeof value === 'object' ? Object.keys(value).map((header) => ({ name: header, value: '', isSet: true })) : [];
    const text = isSecret || kind === 'headers' ? '' : value === undefined || value === null ? (settings === null ? first : '') : Array.isArray(value) ? value.join(', ') : String(value);
    form[name] = { text, isSet: isSecret && value !== undefined && value !== null, rows };
  }
  return form;
}

/**
 * The settings as a request has them. A secret that nobody has touched goes as ***.
 * @param {ChannelType} type
 * @param {ChannelForm} form
 * @returns {Record<string, unknown>}
 */
export function settingsOfForm(type, form) {
  /** @type {Record<string, unknown>} */
  const settings = {};
  for (const { name, kind } of CHANNEL_KINDS[type].fields) {
    const value = form[name];
    if (!value) continue;
    const text = kind === 'secret' ? value.text : value.text.trim();
    if (kind === 'headers') {
      const rows = value.rows.filter((row) => row.name.trim() !== '');
      if (rows.length > 0) settings[name] = Object.fromEntries(rows.map((row) => [row.name.trim(), row.isSet ? MASK : row.value]));
    } else if (kind === 'secret' && value.isSet) settings[name] = MASK;
    else if (text === '') continue;
    else if (kind === 'list') settings[name] = text.split(/[\s,;]+/).filter((item) => item !== '');
    else settings[name] = kind === 'number' && /^\d+$/.test(text) ? Number(text) : text;
  }
  return settings;
}

/**
 * What is missing, before the server is asked; the rest it says itself.
 * @param {ChannelType} type
 * @param {ChannelForm} form
 * @returns {Record<string, string>} by "settings.name"
 */
export function missingSettings(type, form) {
  const settings = settingsOfForm(type, form);
  const missing = CHANNEL_KINDS[type].fields.filter(({ name, isRequired }) => isRequired && settings[name] === undefined);
  return Object.fromEntries(missing.map(({ name, label }) => [`settings.${name}`, `${label} is required`]));
}

/**
 * Where a channel leads, in one line without secrets.
 * @param {Pick<Channel, 'settings'>} channel
 */
export function describeTarget({ settings }) {
  const { url, to } = settings;
  if (Array.isArray(to)) return to.join(', ');
  if (typeof url === 'string' && url !== MASK) return url;
  return 'address kept as a secret';
}
