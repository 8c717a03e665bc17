// The open sessions of one value, page by page.
import { byId, element, isolated, isolatedText, setText } from './dom.js';
import { formatBytes, formatDuration, formatInteger, formatMoment, formatPrecise } from './format.js';
import { ask } from './server.js';

const PAGE = 50;
const FIRST = { cursor: null, before: 0 };

function text(value) {
    const cell = element('td', { class: 'text' }, isolated(value));
    cell.title = isolatedText(value);
    return cell;
}

function since(session) {
    const opened = new Date(session.opened_at);
    const lasting = element('span', { class: 'muted' }, formatDuration(session.duration_seconds));
    const cell = element('td', {}, element('time', { datetime: session.opened_at }, formatMoment(opened)), ' ', lasting);
    cell.title = formatPrecise(opened);
    return cell;
}

const COLUMNS = [
    { key: 'user', title: 'User', cell: (session) => text(session.user ?? '–') },
    { key: 'channel', title: 'Channel', cell: (session) => text(session.channel) },
    { key: 'server', title: 'Server', cell: (session) => text(session.server) },
    { key: 'country', title: 'Country', cell: (session) => text(session.country) },
    { key: 'protocol', title: 'Protocol', cell: (session) => text(session.protocol) },
    { key: 'user_agent_class', title: 'Device', cell: (session) => text(session.user_agent_class) },
    { key: 'opened_at', title: 'Since', cell: since },
    {
        key: 'bytes',
        title: 'Bytes',
        number: true,
        cell: (session) => element('td', { class: 'number' }, formatBytes(session.bytes)),
    },
];

export class Sessions {
    #dialog = byId('sessions');
    #asking = null;
    // Where the pages begin up to the one that is shown, and the one after it: its cursor, and the rows before it.
    #pages = [FIRST];
    #next = null;

    constructor() {
        byId('sessions-close').addEventListener('click', () => this.#dialog.close());
        byId('sessions-order').addEventListener('change', () => this.#begin());
        byId('sessions-again').addEventListener('click', () => this.#load(this.#pages));
        byId('sessions-previous').addEventListener('click', () => this.#load(this.#pages.slice(0, -1)));
        byId('sessions-next').addEventListener('click', () => this.#load([...this.#pages, this.#next]));
        // It is told late, when the panel may be open again.
        this.#dialog.addEventListener('close', () => this.#dialog.open || this.#asking?.abort());
        // A click beside the panel closes it.
        this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    }

    open({ key, one }, value) {
        this.#filter = [key, value];
        this.#columns = COLUMNS.filter((column) => column.key !== key);
        byId('sessions-title').replaceChildren(element('small', {}, `Open sessions, ${one.toLowerCase()}`), isolated(value));
        const head = (column) => element('th', { scope: 'col', class: column.number ? 'number' : '' }, column.title);
        byId('sessions-head').replaceChildren(...this.#columns.map(head));
        byId('sessions-rows').replaceChildren();
        this.#dialog.showModal();
        this.#begin();
    }

    #filter = [];
    #columns = [];

    #begin() {
        this.#pages = [FIRST];
        this.#next = null;
        this.#load(this.#pages);
    }

    // Turns to the last of these pages once it is there: what failed can be tried again.
    async #load(pages) {
        this.#asking?.abort();
        const asking = new AbortController();
        this.#asking = asking;
        setText(byId('sessions-status'), 'Loading…');
        this.#setButtons(false);
        try {
            this.#show(await ask('api/v1/sessions', this.#parameters(pages.at(-1)), asking.signal), pages);
        } catch (trouble) {
            if (!asking.signal.aborted) this.#fail(trouble);
        }
    }

    #parameters({ cursor }) {
        const [sort, order] = byId('sessions-order').value.split(' ');
        const parameters = [this.#filter, ['sort', sort], ['order', order], ['limit', PAGE]];
        return cursor === null ? parameters : [...parameters, ['cursor', cursor]];
    }

    #show(answer, pages) {
        const { before } = pages.at(-1);
        const after = before + answer.sessions.length;
        this.#pages = pages;
        this.#next = answer.next_cursor === null ? null : { cursor: answer.next_cursor, before: after };
        const rows = answer.sessions.map((session) => element('tr', {}, ...this.#columns.map(({ cell }) => cell(session))));
        byId('sessions-rows').replaceChildren(...rows);
        this.#dialog.querySelector('.scroll').scrollTop = 0;
        const span = `Sessions ${formatInteger(before + 1)}–${formatInteger(after)}`;
        const none = pages.length === 1 && this.#next === null ? 'No open sessions.' : 'Those of this page have ended.';
        setText(byId('sessions-status'), rows.length > 0 ? span : none);
        this.#setButtons(true);
    }

    #fail(trouble) {
        setText(byId('sessions-status'), `That did not work. ${trouble.message}`);
        this.#setButtons(true);
    }

    #setButtons(ready) {
        byId('sessions-previous').disabled = !ready || this.#pages.length === 1;
        byId('sessions-next').disabled = !ready || this.#next === null;
        setText(byId('sessions-page'), `Page ${formatInteger(this.#pages.length)}`);
    }
}
