// What pages gain when JavaScript is on: local times, shortcut keys, copy buttons, toasts, calm polling.
// Every page works without this file.
(() => {
  "use strict";

  const root = document.documentElement;
  root.classList.add("si-js");

  // ----- times: UTC in the page, local for the reader, UTC again on hover -----
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const short = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "always", style: "narrow" });

  function relative(at) {
    const seconds = Math.round((at - Date.now()) / 1000);
    const size = Math.abs(seconds);
    if (size < 5) return "now";
    if (size < 60) return ago.format(seconds, "second");
    if (size < 3600) return ago.format(Math.round(seconds / 60), "minute");
    if (size < 86400) return ago.format(Math.round(seconds / 3600), "hour");
    return short.format(at);
  }

  function showTime(element) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) return;
    const format = element.dataset.format;
    let text = short.format(at);
    if (format === "relative") text = relative(at);
    if (format === "full") text = full.format(at);
    if (format === "clock") text = clock.format(at);
    if (element.textContent !== text) element.textContent = text;
    element.title = `${full.format(at)} · ${at.toISOString().slice(0, 19)}Z`;
  }

  function showTimes(within) {
    within.querySelectorAll("time[datetime]").forEach(showTime);
  }

  // ----- times that a reader types: in the reader's zone, whosever the address was -----
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

  function localText(at) {
    return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19).replace(/:00$/, "");
  }

  document.querySelectorAll('form input[name="zone"]').forEach((zone) => {
    const times = [...zone.form.querySelectorAll('[name="since"], [name="until"]')];
    if (times.some((time) => time.value && !time.dataset.at)) return; // not understood: it stays as written
    times.filter((time) => time.dataset.at).forEach((time) => { time.value = localText(new Date(time.dataset.at)); });
    zone.value = here;
    zone.form.querySelectorAll("[data-zone]").forEach((place) => { place.textContent = here; });
  });

  // ----- the number of waiting things in the tab -----
  const title = document.title;
  function showCount() {
    const count = document.querySelector("[data-title-count]");
    const number = count ? parseInt(count.textContent, 10) : 0;
    document.title = number > 0 ? `(${number}) ${title}` : title;
  }

  // ----- toasts -----
  function toast(text, tone) {
    const region = document.getElementById("toasts");
    if (!region || !text) return;
    const box = document.createElement("div");
    box.className = tone ? `si-toast si-toast--${tone}` : "si-toast";
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Dismiss";
    close.addEventListener("click", () => box.remove());
    box.append(words, close);
    region.append(box);
    if (tone !== "bad") setTimeout(() => box.remove(), 6000);
  }

  // ----- copy buttons -----
  async function copy(button) {
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const text = source ? source.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied");
    } catch {
      toast("The browser did not allow copying: select the text instead", "bad");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (button) copy(button);
  });

  // ----- keys: never in inputs, never with modifiers; a decision key moves focus and fires nothing -----
  let going = 0;

  function typing(target) {
    return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
  }

  function rows() {
    const marked = [...document.querySelectorAll("[data-row]")];
    const links = marked.length ? marked : [...document.querySelectorAll("main .si-table tbody tr, main .si-row")];
    return links.map((row) => (row.matches("a, button") ? row : row.querySelector("a[href]"))).filter(Boolean);
  }

  function moveRow(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  function describe(label, keys) {
    const term = document.createElement("dt");
    term.textContent = label;
    const detail = document.createElement("dd");
    keys.forEach((key) => {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      detail.append(cap, " ");
    });
    return [term, detail];
  }

  function openSheet() {
    const sheet = document.getElementById("keys");
    const list = document.getElementById("keys-list");
    if (!sheet || sheet.open) return;
    list.querySelectorAll("[data-found]").forEach((old) => old.remove());
    const found = [];
    document.querySelectorAll("[data-key]").forEach((element) => {
      const label = element.dataset.keyLabel || `Go to “${element.textContent.trim()}”`;
      found.push(...describe(label, [element.dataset.key]));
    });
    document.querySelectorAll("[data-go]").forEach((element) => {
      const words = element.cloneNode(true);
      words.querySelectorAll(".si-nav__count").forEach((count) => count.remove());
      found.push(...describe(words.textContent.trim(), ["g", element.dataset.go]));
    });
    found.forEach((element) => { element.dataset.found = ""; });
    list.append(...found);
    sheet.showModal();
  }

  function go(key) {
    going = 0;
    const entry = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (entry) entry.click();
    return Boolean(entry);
  }

  function focusKey(key) {
    const element = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!element) return false;
    element.focus();
    element.scrollIntoView({ block: "center" });
    return true;
  }

  function focusSearch() {
    const search = document.querySelector("[data-search], main input[type=search]");
    if (search) search.focus();
    return Boolean(search);
  }

  const actions = {
    "?": () => { openSheet(); return true; },
    "/": focusSearch,
    j: () => { moveRow(1); return true; },
    k: () => { moveRow(-1); return true; },
    g: () => { going = Date.now(); return true; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key;
    if (key.length !== 1) return;
    const second = going && Date.now() - going < 1500;
    going = 0;
    const done = second ? go(key) : (focusKey(key) || (actions[key] && actions[key]()));
    if (done) event.preventDefault();
  });

  // ----- polling: quiet while the tab is hidden, and it does not close what the reader opened -----
  let opened = [];

  function polls(element) {
    return (element.getAttribute("hx-trigger") || "").startsWith("every");
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && polls(event.detail.elt)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", () => {
    opened = [...document.querySelectorAll("details[id][open]")].map((element) => element.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    opened.forEach((id) => {
      const element = document.getElementById(id);
      if (element) element.open = true;
    });
    document.querySelectorAll("[data-keep]").forEach((list) => {
      while (list.children.length > Number(list.dataset.keep)) list.lastElementChild.remove();
    });
    showTimes(document);
    showCount();
  });

  let silent = false;
  function failed(event) {
    if (event.detail.elt && polls(event.detail.elt)) {
      if (silent) return;
      silent = true;
      toast("The page cannot reach the server: what you see may be old. It keeps trying.", "bad");
      return;
    }
    toast("That did not work: nothing was changed. Reload the page and try again.", "bad");
  }
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterOnLoad", () => {
    if (silent) toast("The server answers again");
    silent = false;
  });
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));

  // ----- files that are too large are named before they are sent -----
  document.addEventListener("change", (event) => {
    const most = Number(event.target.dataset && event.target.dataset.most);
    if (!most || !event.target.files) return;
    const size = [...event.target.files].reduce((sum, file) => sum + file.size, 0);
    event.target.setCustomValidity(size > most ? event.target.dataset.tooLarge : "");
    event.target.reportValidity();
  });

  // ----- a menu or a row of tabs wider than the screen shows where the reader is -----
  function showPlace() {
    document.querySelectorAll(".si-nav [aria-current], .si-tabs [aria-current]").forEach((here) => {
      const row = here.closest(".si-tabs, nav");
      const ahead = here.getBoundingClientRect().left - row.getBoundingClientRect().left;
      if (row.scrollWidth > row.clientWidth) row.scrollLeft += ahead - row.clientWidth / 3;
    });
  }

  showPlace();
  showTimes(document);
  showCount();
  setInterval(() => showTimes(document), 15000);
})();
