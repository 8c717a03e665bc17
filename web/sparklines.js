// The last hour of the rows on the screen, asked for once a minute and when new rows appear.
import { ask } from './server.js';

const FRESH_MS = 60_000;
const VALUES_MAX = 25;
// Names can be long, and an address may have 8 KiB.
const NAMES_BYTES_MAX = 5_000;

function isOnScreen(node) {
    const box = node.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
}

function isDue(row, now) {
    return now - (row.trendAskedAt ?? -Infinity) >= FRESH_MS;
}

// Drawing many at once would be felt. (Safari has no idle callbacks.)
const onIdle = globalThis.requestIdleCallback ?? ((callback) => setTimeout(callback, 20));
const whenIdle = () => new Promise((resolve) => onIdle(resolve, { timeout: 500 }));

// As many rows as one request may name.
function portion(rows) {
    const chosen = [];
    let bytes = 0;
    for (const row of rows) {
        bytes += encodeURIComponent(row.value).length + '&value='.length;
        if (chosen.length > 0 && (chosen.length === VALUES_MAX || bytes > NAMES_BYTES_MAX)) break;
        chosen.push(row);
    }
    return chosen;
}

export class Sparklines {
    #busy = false;

    constructor(tables) {
        this.tables = tables;
    }

    // Called every second; asks for one portion at a time.
    async refresh() {
        if (this.#busy) return;
        const now = performance.now();
        for (const table of this.tables) {
            const rows = portion(this.#seen(table).filter((row) => isDue(row, now)));
            if (rows.length === 0) continue;
            this.#busy = true;
            await this.#draw(table.key, rows, now);
            this.#busy = false;
            return;
        }
    }

    // What left the screen gives its picture back.
    #seen(table) {
        const seen = table.shown.filter((row) => isOnScreen(row.node));
        for (const row of table.shown) {
            if (!row.trend.isDrawn || seen.includes(row)) continue;
            row.trend.destroy();
            row.trendAskedAt = undefined;
        }
        return seen;
    }

    async #draw(dimension, rows, now) {
        for (const row of rows) row.trendAskedAt = now;
        const values = rows.map((row) => ['value', row.value]);
        try {
            const { series } = await ask('api/v1/series', [
                ['dimension', dimension],
                ['metric', 'peak_concurrent'],
                ['step', 60],
                ...values,
            ]);
            const points = new Map(series.map((each) => [each.value, each.points]));
            for (const row of rows) {
                await whenIdle();
                if (row.node.isConnected) row.trend.draw(points.get(row.value) ?? []);
            }
        } catch {
            // The store is away, which the health strip says; they are asked for again in a minute.
        }
    }
}
