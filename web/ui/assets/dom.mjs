// Elements out of code, and a tree brought to what a fresh one looks like without losing focus, selection or what was typed.

const HANDLERS = ["onclick", "onsubmit", "oninput", "onchange", "onkeydown", "onscroll"];

// h("a", { href, onclick, "data-key": 7 }, child, [children], "text"). Attributes that are false or not there are left out.
export function h(tag, attributes, ...children) {
	const node = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (HANDLERS.includes(name))
			node[name] = value;
		else if (name === "checked")
			node.checked = value;
		else if (value !== undefined && value !== null && value !== false)
			node.setAttribute(name, value === true ? "" : value);
	}
	for (const child of children.flat(Infinity))
		if (child !== undefined && child !== null && child !== false)
			node.append(child);
	return node;
}

function patchAttributes(old, fresh) {
	for (const { name } of [...old.attributes])
		if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS"))
			old.removeAttribute(name);
	for (const { name, value } of fresh.attributes)
		if (old.getAttribute(name) !== value)
			old.setAttribute(name, value);
	for (const name of HANDLERS)
		if (old[name] !== fresh[name])
			old[name] = fresh[name];
	if (old.type === "checkbox" && old.checked !== fresh.checked)
		old.checked = fresh.checked;
}

// Children with a data-key are found by it wherever they were; the others by their place.
function patchChildren(old, fresh) {
	const keyed = new Map([...old.children].filter(c => c.dataset.key !== undefined).map(c => [c.dataset.key, c]));
	let at = old.firstChild;

	for (const f of [...fresh.childNodes]) {
		const key = f.dataset?.key;
		const match = key !== undefined ? keyed.get(key) : at && at.dataset?.key === undefined ? at : undefined;

		if (!match) {
			old.insertBefore(f, at);
			continue;
		}
		if (match === at)
			at = at.nextSibling;
		else
			old.insertBefore(match, at);
		patch(match, f);
	}
	while (at) {
		const next = at.nextSibling;

		at.remove();
		at = next;
	}
}

// What is inside of an element with data-own is somebody's own business and left alone.
export function patch(old, fresh) {
	if (old.nodeName !== fresh.nodeName || old.dataset?.own !== fresh.dataset?.own) {
		old.replaceWith(fresh);
		return;
	}
	if (old.nodeType === Node.TEXT_NODE) {
		if (old.data !== fresh.data)
			old.data = fresh.data;
		return;
	}
	patchAttributes(old, fresh);
	if (old.dataset.own === undefined)
		patchChildren(old, fresh);
}

// A question that has to be answered before something is done that cannot be undone.
export function confirmed(question, verb) {
	const box = h("dialog", { class: "ask" },
		h("form", { method: "dialog" }, h("p", {}, question),
			h("div", { class: "actions" }, h("button", { value: "no" }, "Cancel"),
				h("button", { value: "yes", class: "primary", autofocus: true }, verb))));

	document.body.append(box);
	box.showModal();
	return new Promise(resolve => box.addEventListener("close", () => {
		box.remove();
		resolve(box.returnValue === "yes");
	}));
}
