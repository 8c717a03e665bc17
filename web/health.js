// Says in words whether everything works, and whether the page itself still hears of it.
import { byId, element, setHidden, setText } from './dom.js';
import { formatClock, formatDuration, formatInteger } from './format.js';

const BACK_MS = 6_000;
const CONNECTION = { live: 'Live', slow: 'Every few seconds', lost: 'Connection lost', denied: 'Not allowed' };

function words({ status, accepting }) {
    if (!accepting) return 'Events are not taken';
    return status === 'healthy' ? 'Everything works' : 'Something needs a look';
}

function ago(seconds) {
    return seconds < 2 ? 'just now' : `${formatDuration(seconds)} ago`;
}

function details(health, now) {
    const parts = [health.accepting ? 'Events are taken' : 'Media servers are told to send their events again'];
    parts.push(health.database === 'connected' ? 'the database is connected' : 'the database is not connected');
    if (health.last_flush) parts.push(`last written ${ago((now - Date.parse(health.last_flush)) / 1000)}`);
    if (health.pending_rows > 0) parts.push(`${formatInteger(health.pending_rows)} rows wait to be written`);
    return parts.join(' · ');
}

export class Health {
    #state = 'connecting';
    #lastHeard = null;
    #problems = '';
    #timer = 0;

    show(health, now) {
        this.#lastHeard = now;
        const strip = byId('health');
        strip.dataset.status = health.accepting ? health.status : 'refusing';
        setText(byId('health-words'), words(health));
        setText(byId('health-details'), details(health, now));
        const problems = health.problems.join('\n');
        if (problems === this.#problems) return;
        this.#problems = problems;
        byId('problems').replaceChildren(...health.problems.map((problem) => element('li', {}, problem)));
        setHidden(byId('problems'), health.problems.length === 0);
    }

    // The states of Live.
    connection(state, why) {
        const lost = state === 'lost' || state === 'denied';
        if (lost) this.#sayLost(state, why);
        if (state === this.#state) return;
        if (!lost && !byId('lost').hidden) this.#sayBack();
        this.#state = state;
        document.body.dataset.connection = lost ? 'lost' : 'there';
        byId('connection').dataset.state = state;
        setText(byId('connection-text'), CONNECTION[state]);
    }

    #sayLost(state, why) {
        const since = this.#lastHeard === null ? '' : ` The numbers are those of ${formatClock(this.#lastHeard)}.`;
        const denied = 'This page may not read the numbers.';
        const first = state === 'denied' ? denied : 'The connection to streamstats is lost.';
        setText(byId('lost'), `${first}${why ? ` ${why}` : ''}${since} Trying again by itself.`);
        setHidden(byId('lost'), false);
        setHidden(byId('back'), true);
    }

    #sayBack() {
        setHidden(byId('lost'), true);
        setText(byId('back'), 'Connected again.');
        setHidden(byId('back'), false);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => setHidden(byId('back'), true), BACK_MS);
    }
}
