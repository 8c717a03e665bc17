// Lines over time, drawn by dygraphs in the colours of the style sheet.
import { formatClock, formatDay, formatInteger, formatMinutes, formatMoment, formatShort } from './format.js';

const { Dygraph } = globalThis;
// The markup of the legend has inline styles, which the policy of the page forbids.
Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid];

const scheme = matchMedia('(prefers-color-scheme: dark)');
const drawn = new Set();

scheme.addEventListener('change', () => drawn.forEach((chart) => chart.updateOptions(colours(chart.graphDiv))));

function colours(holder) {
    const style = getComputedStyle(holder);
    const of = (name) => style.getPropertyValue(name).trim();
    return { colors: [of('--accent')], axisLineColor: of('--line'), gridLineColor: of('--line') };
}

// To be looked at: no zooming, which would keep a finger from scrolling.
const plain = {
    interactionModel: {},
    fillGraph: true,
    fillAlpha: 0.12,
    includeZero: true,
    drawPoints: false,
    highlightCircleSize: 0,
};

function make(holder, file, options) {
    const chart = new Dygraph(holder, file, { ...plain, ...colours(holder), ...options });
    drawn.add(chart);
    return chart;
}

function isMidnight(date) {
    return date.getHours() === 0 && date.getMinutes() === 0;
}

export class TimeChart {
    #chart;
    #seconds;

    // `readout` tells the value under the pointer.
    constructor(holder, readout, seconds) {
        this.#seconds = seconds;
        const when = seconds <= 3600 ? formatClock : formatMoment;
        const atDays = seconds > 2 * 86400;
        this.#chart = make(holder, [[new Date(), null]], {
            labels: ['time', 'viewers'],
            strokeWidth: 1.75,
            highlightCircleSize: 3.5,
            gridLineWidth: 1,
            axes: {
                x: {
                    drawGrid: false,
                    pixelsPerLabel: atDays ? 40 : 56,
                    axisLabelFormatter: (date) => (atDays || isMidnight(date) ? formatDay : formatMinutes)(date),
                },
                y: {
                    axisLabelWidth: 44,
                    pixelsPerLabel: 26,
                    axisLabelFormatter: (value) => (Number.isInteger(value) ? formatShort(value) : ''),
                },
            },
            highlightCallback: (_, time, points) => {
                const value = points[0]?.yval;
                readout.textContent = Number.isFinite(value) ? `${formatInteger(value)} · ${when(time)}` : '';
            },
            unhighlightCallback: () => {
                readout.textContent = '';
            },
        });
    }

    // Points are [seconds, value]; the window ends at `now` (milliseconds).
    draw(points, now) {
        const file = points.map(([time, value]) => [new Date(time * 1000), value]);
        if (file.length === 0) file.push([new Date(now), null]);
        const most = points.reduce((largest, [, value]) => Math.max(largest, value ?? 0), 0);
        this.#chart.updateOptions({
            file,
            dateWindow: [now - this.#seconds * 1000, now],
            valueRange: [0, Math.max(4, most * 1.12)],
        });
    }
}

export class Sparkline {
    #chart = null;

    constructor(holder) {
        this.holder = holder;
    }

    get isDrawn() {
        return this.#chart !== null;
    }

    draw(points) {
        const file = points.map(([time, value]) => [new Date(time * 1000), value]);
        if (file.length === 0) return;
        const most = points.reduce((largest, [, value]) => Math.max(largest, value ?? 0), 0);
        const valueRange = [0, Math.max(1, most * 1.1)];
        if (this.#chart !== null) {
            this.#chart.updateOptions({ file, valueRange });
            return;
        }
        this.#chart = make(this.holder, file, {
            labels: ['time', 'viewers'],
            valueRange,
            strokeWidth: 1.25,
            drawAxis: false,
            drawGrid: false,
            axes: { x: { drawAxis: false, drawGrid: false }, y: { drawAxis: false, drawGrid: false } },
        });
    }

    destroy() {
        if (this.#chart === null) return;
        drawn.delete(this.#chart);
        this.#chart.destroy();
        this.#chart = null;
    }
}
