import { Refused, post } from "./api.mjs";
import { h } from "./dom.mjs";

// `done` gets the session.
export function signIn(done, why) {
	const access = h("input", { id: "access-key", name: "username", autocomplete: "username", spellcheck: "false", autocapitalize: "none", required: true });
	const secret = h("input", { id: "secret-key", name: "password", type: "password", autocomplete: "current-password", required: true });
	const error = h("p", { class: "error", role: "alert" }, why ?? "");
	const button = h("button", { class: "primary" }, "Sign in");

	async function submit(event) {
		event.preventDefault();
		button.disabled = true;
		error.textContent = "";
		try {
			done(await post("/_/session", { access_key: access.value.trim(), secret_key: secret.value.trim() }));
		} catch (e) {
			error.textContent = e instanceof Refused ? e.message : String(e);
			button.disabled = false;
			secret.select();
		}
	}

	return h("main", { class: "signin", "data-own": "signin" },
		h("form", { class: "panel", onsubmit: submit },
			h("h1", { class: "brand" }, h("img", { src: "ui/icon.svg", alt: "" }), "minilab"),
			h("label", { for: "access-key" }, "Access key"), access,
			h("label", { for: "secret-key" }, "Secret key"), secret,
			error, button,
			h("p", { class: "dim" }, h("code", {}, "minilab credentials"), " prints both keys where minilab runs.")));
}
