// Small helpers for the document. Names come from outside: they enter it as text and never as markup.

export function byId(id) {
    return document.getElementById(id);
}

// Strings among the children become text.
export function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
}

// Does not touch the document when nothing changes.
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

export function setHidden(node, hidden) {
    if (node.hidden !== hidden) node.hidden = hidden;
}

// A name from outside, which cannot turn round the text beside it.
export function isolated(text) {
    return text === '' ? element('span', { class: 'muted' }, '(empty)') : element('bdi', {}, text);
}

// The same for attributes, which know no elements: in the isolating characters of Unicode.
export function isolatedText(text) {
    return `\u2068${text}\u2069`;
}
