// The numbers of now, once a second. A connection that is lost, or silent, is made again; until the stream is back the
// page asks from time to time.
import { address, ask, Refusal } from './server.js';

const SILENCE_MS = 5_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000];
const RETRY_DENIED_MS = 30_000;

export class Live {
    #onNumbers;
    #onState;
    #wish = [];
    #source = null;
    #timer = 0;
    #failures = 0;
    #asking = null;

    // onState gets 'live', 'slow' (numbers come, but no stream), 'lost' or 'denied', and why.
    constructor(onNumbers, onState) {
        this.#onNumbers = onNumbers;
        this.#onState = onState;
        addEventListener('online', () => this.#source === null && this.open());
        addEventListener('pagehide', () => this.close());
        addEventListener('pageshow', (event) => event.persisted && this.open());
        // A browser has few connections to one server: a page that nobody sees leaves its one to others.
        document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    }

    watch(limit, match) {
        this.#wish = [['limit', limit]];
        if (match !== '') this.#wish.push(['match', match]);
        this.open();
    }

    open() {
        this.close();
        if (document.hidden) return;
        const source = new EventSource(address('api/v1/live/stream', this.#wish));
        source.addEventListener('live', (message) => {
            this.#failures = 0;
            this.#expect();
            this.#onState('live');
            this.#onNumbers(JSON.parse(message.data));
        });
        source.addEventListener('error', () => this.#lose());
        this.#source = source;
        this.#expect();
    }

    close() {
        clearTimeout(this.#timer);
        this.#asking?.abort();
        this.#source?.close();
        this.#source = null;
    }

    #expect() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#lose(), SILENCE_MS);
    }

    #lose() {
        this.close();
        this.#failures += 1;
        if (this.#failures === 1) this.#onState('lost', '');
        this.#retryIn(RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1]);
    }

    // Not all pages at the same instant when a daemon is back.
    #retryIn(milliseconds) {
        this.#timer = setTimeout(() => this.#inquire(), milliseconds * (0.75 + Math.random() / 2));
    }

    // A plain request says why, which a stream cannot, and may be answered where there are too many streams.
    async #inquire() {
        this.#asking = new AbortController();
        const { signal } = this.#asking;
        try {
            const numbers = await ask('api/v1/live', this.#wish, signal);
            if (this.#failures > 1) this.#onState('slow', '');
            this.#onNumbers(numbers);
            this.open();
        } catch (trouble) {
            if (!signal.aborted) this.#wait(trouble);
        }
    }

    #wait(trouble) {
        const refused = trouble instanceof Refusal;
        const denied = refused && (trouble.status === 401 || trouble.status === 403);
        this.#failures = Math.max(this.#failures, 1) + 1;
        this.#onState(denied ? 'denied' : 'lost', refused ? trouble.message : '');
        const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
        this.#retryIn(denied ? RETRY_DENIED_MS : Math.max(pause, (trouble.retryAfterSeconds ?? 0) * 1000));
    }
}
