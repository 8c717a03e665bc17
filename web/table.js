// The table of one dimension. Only rows that are shown exist, and of those only what changed is touched.
import { Sparkline } from './chart.js';
import { element, isolated, isolatedText, setHidden, setText } from './dom.js';
import { countryName, formatInteger, formatShare } from './format.js';

// How many rows are shown, step by step. More would be felt each second; the others are found by typing.
const STEPS = [10, 50, 200];
// A pointer that lies still for so long was left there, or is a finger that is gone.
const POINTED_MS = 20_000;

class Row {
    constructor(dimension, value, onOpen) {
        this.value = value;
        this.dot = null;
        const name = element('button', { type: 'button', class: 'name', title: isolatedText(value) }, isolated(value));
        name.addEventListener('click', () => onOpen(dimension, value));
        this.bar = element('span', { class: 'bar' });
        const head = element('th', { scope: 'row' }, name, element('span', { class: 'track' }, this.bar));
        const country = dimension === 'country' && countryName(value);
        if (country) name.append(' ', element('span', { class: 'muted' }, country));
        this.trend = new Sparkline(element('div', { class: 'spark', 'aria-hidden': 'true' }));
        this.count = element('td', { class: 'number' });
        this.share = element('td', { class: 'number share' });
        this.node = element('tr', {}, head, element('td', { class: 'trend' }, this.trend.holder), this.count, this.share);
    }

    show(count, all) {
        if (this.shownCount === count && this.shownAll === all) return;
        this.shownCount = count;
        this.shownAll = all;
        setText(this.count, formatInteger(count));
        setText(this.share, formatShare(count, all));
        this.bar.style.transform = `scaleX(${all > 0 ? count / all : 0})`;
    }
}

export class DimensionTable {
    #rows = new Map();
    #order = [];
    #step = 0;
    #pointedAt = -Infinity;

    // onOpen(dimension, value): a name was chosen. onGrow(): more rows are wanted.
    constructor({ key, title, one }, onOpen, onGrow) {
        this.key = key;
        this.onOpen = onOpen;
        this.total = element('span', { class: 'muted' });
        this.body = element('tbody');
        this.body.addEventListener('pointermove', () => {
            this.#pointedAt = performance.now();
        });
        const headings = [[one, 'th-name'], ['Last hour', 'trend'], ['Viewers', 'number'], ['Share', 'number share']];
        const titles = headings.map(([text, kind]) => element('th', { scope: 'col', class: kind }, text));
        this.table = element(
            'table',
            { 'aria-labelledby': `title-${key}` },
            element('thead', {}, element('tr', {}, ...titles)),
            this.body,
        );
        this.nothing = element('p', { class: 'muted nothing' });
        this.more = element('button', { type: 'button', class: 'more' }, 'Show more');
        this.more.addEventListener('click', () => {
            this.#step += 1;
            onGrow();
        });
        this.rest = element('p', { class: 'muted nothing' }, 'Type a part of a name above to find the others.');
        this.node = element(
            'section',
            { class: `card table-${key}`, 'aria-labelledby': `title-${key}` },
            element('h2', { id: `title-${key}` }, title, ' ', this.total),
            this.table,
            this.nothing,
            this.more,
            this.rest,
        );
    }

    get limit() {
        return STEPS[this.#step];
    }

    // Back to a few rows, as another search begins.
    reset() {
        this.#step = 0;
    }

    get shown() {
        return this.#order.map((value) => this.#rows.get(value));
    }

    // `numbers` is what the daemon says of the dimension, `all` the number of open sessions.
    show(numbers, all, filtered) {
        const counts = new Map(numbers.top.slice(0, this.limit).map((each) => [each.value, each.active_sessions]));
        this.#order = this.#orderOf(counts);
        for (const [value, row] of this.#rows) if (!counts.has(value)) this.#drop(value, row);
        this.#order.forEach((value, index) => this.#place(value, index).show(counts.get(value), all));

        const total = formatInteger(numbers.values);
        setText(this.total, filtered ? `${formatInteger(numbers.matching)} of ${total}` : total);
        setHidden(this.table, counts.size === 0);
        setHidden(this.nothing, counts.size > 0);
        setText(this.nothing, filtered && numbers.values > 0 ? 'Nothing matches.' : 'Nobody is watching.');
        const atEnd = this.#step + 1 === STEPS.length;
        setHidden(this.more, numbers.matching <= counts.size || atEnd);
        setHidden(this.rest, numbers.matching <= counts.size || !atEnd);
    }

    // Rows hold still while somebody points at one of them, or has come to one by keyboard.
    #isHeld() {
        const isPointedAt = this.body.matches(':hover') && performance.now() - this.#pointedAt < POINTED_MS;
        return isPointedAt || this.body.querySelector(':focus-visible') !== null;
    }

    #orderOf(counts) {
        const wanted = [...counts.keys()];
        if (!this.#isHeld()) return wanted;
        const still = this.#order.filter((value) => counts.has(value));
        return [...still, ...wanted.filter((value) => !this.#rows.has(value))];
    }

    #place(value, index) {
        let row = this.#rows.get(value);
        if (row === undefined) {
            row = new Row(this.key, value, this.onOpen);
            this.#rows.set(value, row);
        }
        const there = this.body.children[index];
        if (there !== row.node) this.body.insertBefore(row.node, there ?? null);
        return row;
    }

    #drop(value, row) {
        row.trend.destroy();
        row.node.remove();
        this.#rows.delete(value);
    }
}
