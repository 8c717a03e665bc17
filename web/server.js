// What the daemon is asked, and how it refuses.

// The page works below any path. As the browser tells it, without a password that the address may have been opened with:
// what is relative to that one would not be fetched.
const base = new URL('.', location.href).href;

// Of a page that was opened with `?token=…`: its requests carry it on, as it is.
const token = /[?&](token=[^&]*)/.exec(location.search)?.[1];

export function address(path, parameters = []) {
    const pairs = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    if (token !== undefined) pairs.push(token);
    return base + (pairs.length === 0 ? path : `${path}?${pairs.join('&')}`);
}

export class Refusal extends Error {
    constructor(status, problem, retryAfter) {
        super(problem.detail ?? problem.title ?? `The answer was ${status}.`);
        this.status = status;
        this.field = problem.field;
        this.retryAfterSeconds = Number(retryAfter) || 0;
    }
}

const PATIENCE_MS = 15_000;

// The JSON of an answer; throws a Refusal, or what fetch throws when nobody answers.
export async function ask(path, parameters, signal) {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(address(path, parameters), {
        signal: signal ? AbortSignal.any([signal, late]) : late,
        cache: 'no-store',
    });
    if (answer.ok) return answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw new Refusal(answer.status, problem, answer.headers.get('Retry-After'));
}
