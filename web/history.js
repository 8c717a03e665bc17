// The charts: the last hour moves with the live numbers, the day and the week come from the store.
import { TimeChart } from './chart.js';
import { byId, setText } from './dom.js';
import { formatBitrate, formatInteger, formatMinutes, formatMoment } from './format.js';
import { ask, Refusal } from './server.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
// A live point next to one of the store that is older than this: nothing is known of the time between.
const GAP_SECONDS = 180;
// Who calls once a minute may be a little early.
const EARLY_MS = 10_000;
const RANGES = [
    { id: 'hour', seconds: HOUR, step: 60, every: 60, words: 'the last hour', when: formatMinutes },
    { id: 'day', seconds: DAY, step: 300, every: 300, words: 'the last 24 hours', when: formatMoment },
    { id: 'week', seconds: 7 * DAY, step: 1800, every: 900, words: 'the last 7 days', when: formatMoment },
];

// The newest minute that is over and has a number.
function lastWhole(points, now) {
    return points.findLast(([time, value]) => value !== null && (time + 60) * 1000 <= now);
}

function topOf(points) {
    return points.reduce((best, point) => ((point[1] ?? -1) > (best?.[1] ?? -1) ? point : best), null);
}

class Range {
    #chart;
    #summary;
    #loadedAt = null;
    points = [];

    constructor(range) {
        Object.assign(this, range);
        this.holder = byId(this.id);
        this.#chart = new TimeChart(this.holder, byId(`${this.id}-readout`), this.seconds);
        this.#summary = byId(`${this.id}-summary`);
    }

    // Whether a look at the store is worth it; the clock may have been set.
    isDue(now) {
        return this.trouble || !this.isLoaded || Math.abs(now - this.#loadedAt) >= this.every * 1000 - EARLY_MS;
    }

    get isLoaded() {
        return this.#loadedAt !== null;
    }

    // The newest minute that was over, and had a number, when the store was asked.
    get lastWhole() {
        return lastWhole(this.points, this.#loadedAt);
    }

    async load(now) {
        const from = Math.floor((now / 1000 - this.seconds) / this.step) * this.step;
        const parameters = { dimension: 'global', metric: 'peak_concurrent', from, step: this.step };
        const { series } = await ask('api/v1/series', Object.entries(parameters));
        this.points = series[0].points;
        this.#loadedAt = now;
        this.trouble = '';
    }

    draw(points, now) {
        this.#chart.draw(points, now);
        const top = topOf(points);
        const told = top === null || top[1] === null ? 'No numbers yet' : this.#most(top);
        setText(this.#summary, this.trouble || told);
    }

    #most([time, viewers]) {
        return `Most: ${formatInteger(viewers)} · ${this.when(new Date(time * 1000))}`;
    }

    // For who cannot see the picture.
    describe() {
        this.holder.setAttribute('aria-label', `Viewers in ${this.words}. ${this.#summary.textContent}`);
    }
}

export class History {
    #ranges = RANGES.map((range) => new Range(range));
    #live = [];

    // A number of the moment, for the end of the last hour.
    add(time, viewers) {
        const seconds = time / 1000;
        this.#live = this.#live.filter((point) => point[0] > seconds - HOUR && point[0] < seconds);
        const before = this.#live.at(-1)?.[0] ?? seconds;
        if (seconds - before > GAP_SECONDS) this.#live.push([before + 1, null]);
        this.#live.push([seconds, viewers]);
        this.#ranges[0].draw(this.#hour(), time);
        this.#showMost();
    }

    // The store has whole minutes; the live points go on where it ends. A minute that still grows is left to them.
    #hour() {
        const last = this.#ranges[0].lastWhole?.[0];
        if (last === undefined) return this.#live;
        const known = this.#ranges[0].points.filter((point) => point[0] <= last);
        const newer = this.#live.filter((point) => point[0] >= last + 60);
        if (newer.length > 0 && newer[0][0] - last > GAP_SECONDS) known.push([last + 60, null]);
        return [...known, ...newer];
    }

    // Called once a minute, and when the page is looked at again.
    async refresh(now) {
        const due = this.#ranges.filter((range) => range.isDue(now));
        await Promise.all([...due.map((range) => this.#load(range, now)), this.#loadTraffic(now)]);
        for (const range of this.#ranges) range.describe();
    }

    async #load(range, now) {
        try {
            await range.load(now);
        } catch (trouble) {
            range.trouble = `No history: ${trouble instanceof Refusal ? trouble.message : 'nobody answers.'}`;
        }
        range.draw(range.id === 'hour' ? this.#hour() : range.points, now);
        this.#showMost();
    }

    // The store may be minutes behind: those who are there now are not more than the most.
    #showMost() {
        const day = this.#ranges[1];
        const top = topOf([...day.points, ...this.#hour()]);
        if (day.isLoaded && top !== null) setText(byId('most'), formatInteger(top[1]));
    }

    async #loadTraffic(now) {
        const from = Math.floor(now / 60_000) * 60 - 600;
        const parameters = { dimension: 'global', metric: 'bandwidth_mbps', from, step: 60 };
        try {
            const { series } = await ask('api/v1/series', Object.entries(parameters));
            // The bytes of a minute are known when the next samples have come.
            const last = lastWhole(series[0].points, now - 60_000);
            setText(byId('traffic'), last === undefined ? '–' : formatBitrate(last[1]));
        } catch {
            setText(byId('traffic'), '–');
        }
    }
}
