// Numbers as the viewer's language writes them, times in the viewer's zone.

const integers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(undefined, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
});
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const minutes = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const moment = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const regions = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'none' });

export const formatInteger = (number) => integers.format(number);
export const formatDecimal = (number) => (Math.abs(number) < 100 ? decimals : integers).format(number);
export const formatShort = (number) => short.format(number);
export const formatShare = (part, whole) => percents.format(whole > 0 ? part / whole : 0);
export const formatClock = (time) => clock.format(time);
export const formatMinutes = (time) => minutes.format(time);
export const formatMoment = (time) => moment.format(time);
export const formatPrecise = (time) => precise.format(time);
export const formatDay = (time) => weekday.format(time);

// "Germany" of "DE"; nothing for what is no country.
export function countryName(code) {
    return /^[A-Z]{2}$/.test(code) ? regions.of(code) : undefined;
}

const unit = (name, digits) =>
    new Intl.NumberFormat(undefined, {
        style: 'unit',
        unit: name,
        unitDisplay: 'short',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
    });

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'].map((name, power) =>
    unit(name, power > 0 ? 1 : 0),
);

export function formatBytes(bytes) {
    const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), byteUnits.length - 1);
    return byteUnits[power].format(bytes / 1000 ** power);
}

const [days, hours, wholeMinutes, seconds] = ['day', 'hour', 'minute', 'second'].map((name) => unit(name, 0));

export function formatBitrate(megabits) {
    return megabits < 1000 ? `${formatDecimal(megabits)} Mbit/s` : `${formatDecimal(megabits / 1000)} Gbit/s`;
}

// The two largest units: "2 hr 5 min".
export function formatDuration(total) {
    const all = Math.max(0, Math.floor(total));
    const of = (length, wrap) => Math.floor(all / length) % wrap;
    if (all < 60) return seconds.format(all);
    if (all < 3600) return wholeMinutes.format(of(60, 60));
    if (all < 86400) return `${hours.format(of(3600, 24))} ${wholeMinutes.format(of(60, 60))}`;
    return `${days.format(Math.floor(all / 86400))} ${hours.format(of(3600, 24))}`;
}
