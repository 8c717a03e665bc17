// The page: puts the parts together and hands the numbers of each second to them.
import { byId, setText } from './dom.js';
import { formatClock, formatDecimal, formatDuration, formatInteger, formatPrecise } from './format.js';
import { Health } from './health.js';
import { History } from './history.js';
import { Live } from './live.js';
import { address } from './server.js';
import { Sessions } from './sessions.js';
import { Sparklines } from './sparklines.js';
import { DimensionTable } from './table.js';

const DIMENSIONS = [
    { key: 'channel', title: 'Channels', one: 'Channel' },
    { key: 'server', title: 'Servers', one: 'Server' },
    { key: 'country', title: 'Countries', one: 'Country' },
    { key: 'protocol', title: 'Protocols', one: 'Protocol' },
    { key: 'user_agent_class', title: 'Devices', one: 'Device' },
];
const TYPING_MS = 200;
const MATCH_BYTES_MAX = 255;
const RATE_WINDOW_MS = 10_000;

// Events a second over the last seconds; a counter that went back belongs to another run.
class Rate {
    #samples = [];

    add(time, total) {
        if (total < (this.#samples.at(-1)?.total ?? 0)) this.#samples = [];
        this.#samples = this.#samples.filter((sample) => sample.time > time - RATE_WINDOW_MS && sample.time < time);
        this.#samples.push({ time, total });
        const first = this.#samples[0];
        return time > first.time ? ((total - first.total) * 1000) / (time - first.time) : undefined;
    }
}

class Page {
    #match = '';
    #typing = 0;
    #rate = new Rate();
    #clockAhead = null;  // of the daemon, in milliseconds
    #health = new Health();
    #history = new History();
    #sessions = new Sessions();
    #tables = DIMENSIONS.map((one) => new DimensionTable(one, (_, value) => this.#sessions.open(one, value), () => this.#watch()));
    #sparklines = new Sparklines(this.#tables);
    #live = new Live((numbers) => this.#show(numbers), (state, why) => this.#health.connection(state, why));

    start() {
        byId('tables').append(...this.#tables.map((table) => table.node));
        for (const link of document.querySelectorAll('footer a')) link.href = address(link.getAttribute('href'));
        byId('match').addEventListener('input', () => {
            clearTimeout(this.#typing);
            this.#typing = setTimeout(() => this.#search(), TYPING_MS);
        });
        setInterval(() => this.#refreshHistory(), 60_000);
        document.addEventListener('visibilitychange', () => this.#refreshHistory());
        this.#search();
    }

    #search() {
        const text = byId('match').value.trim();
        const tooLong = new TextEncoder().encode(text).length > MATCH_BYTES_MAX;
        byId('match').setAttribute('aria-invalid', tooLong);
        setText(byId('matching'), tooLong ? 'No name is that long.' : '');
        if (tooLong) return;
        this.#match = text;
        for (const table of this.#tables) table.reset();
        this.#watch();
    }

    #watch() {
        this.#live.watch(Math.max(...this.#tables.map((table) => table.limit)), this.#match);
    }

    #show(numbers) {
        const at = Date.parse(numbers.at);
        this.#showFigures(numbers, at);
        this.#health.show(numbers.health, at);
        this.#history.add(at, numbers.active_sessions);
        for (const table of this.#tables) {
            table.show(numbers.dimensions[table.key], numbers.active_sessions, this.#match !== '');
        }
        this.#showMatching(numbers.dimensions);
        this.#sparklines.refresh();
        const first = this.#clockAhead === null;
        this.#clockAhead = at - Date.now();
        if (first) this.#refreshHistory();
    }

    #refreshHistory() {
        if (document.hidden || this.#clockAhead === null) return;
        this.#history.refresh(Date.now() + this.#clockAhead);
    }

    #showFigures(numbers, at) {
        const rate = this.#rate.add(at, numbers.events_accepted_total);
        setText(byId('viewers'), formatInteger(numbers.active_sessions));
        setText(byId('users'), formatInteger(numbers.unique_users));
        setText(byId('events'), rate === undefined ? '–' : `${formatDecimal(rate)} /s`);
        setText(byId('clock'), formatClock(at));
        byId('clock').dateTime = numbers.at;
        const running = formatDuration((at - Date.parse(numbers.started_at)) / 1000);
        setText(byId('about'), `streamstats ${numbers.version}, running for ${running}`);
        byId('about').title = `since ${formatPrecise(Date.parse(numbers.started_at))}`;
        document.title = `${formatInteger(numbers.active_sessions)} viewers – streamstats`;
    }

    #showMatching(dimensions) {
        if (this.#match === '') return;
        const found = DIMENSIONS.filter(({ key }) => dimensions[key].matching > 0);
        const words = found.map(({ key, title, one }) => {
            const { matching } = dimensions[key];
            return `${formatInteger(matching)} ${(matching === 1 ? one : title).toLowerCase()}`;
        });
        setText(byId('matching'), words.length > 0 ? words.join(', ') : 'Nothing matches.');
    }
}

byId('main').hidden = false;
byId('connection').hidden = false;
new Page().start();
