/* What the pages can't do by themselves. Everything works without it, but for what is live. */
"use strict";
(() => {
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // Menus and open evidence close on Escape, and when one goes on elsewhere.
  const floating = ".menu[open], .proof[open]";
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll(floating)) {
      const inside = open.contains(document.activeElement);
      open.open = false;
      if (inside) open.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(floating)) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  // A live page never takes away what somebody is in the middle of: what holds the focus or a
  // half-written text keeps its old content, and is brought up to date when it is left.
  const unsaid = (part) =>
    [...part.querySelectorAll("textarea")].some((text) => text.value !== text.defaultValue);
  const busy = (part) =>
    unsaid(part) ||
    (part.tagName !== "SUMMARY" && part !== document.activeElement && part.contains(document.activeElement));
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (!target || !busy(target)) {
      if (target) target.later = null;
      return;
    }
    event.detail.shouldSwap = false;
    const waiting = Boolean(target.later);
    target.later = fragment; // an inner swap brings its new content as the children of this
    if (waiting) return;
    target.addEventListener("focusout", function left(leaving) {
      if (target.later && (target.contains(leaving.relatedTarget) || unsaid(target))) return;
      target.removeEventListener("focusout", left);
      if (!target.later) return;
      target.replaceChildren(...target.later.childNodes);
      target.later = null;
      if (window.htmx) window.htmx.process(target);
    });
  });

  // A part that is asked for says that it is busy; one that can't be had says so in its place, with
  // a way to ask again, and leaves the rest of the page alone.
  const notes = new Map(); // by the id of what asked, or what asked itself: polls are replaced
  const asker = ({ requestConfig: { elt } }) => (elt.hidden && elt.id) || elt;
  const forget = (detail) => {
    const note = notes.get(asker(detail));
    if (!note) return;
    const held = note.contains(document.activeElement);
    note.remove();
    notes.delete(asker(detail));
    if (!held) return;
    detail.target.tabIndex = -1;
    detail.target.focus();
  };
  const failed = ({ detail }) => {
    const { target, pathInfo, requestConfig: { elt, verb } } = detail;
    const model = document.getElementById(elt.hidden ? "stale" : "unread");
    if (!model || !target || notes.has(asker(detail))) return;
    const note = model.content.firstElementChild.cloneNode(true);
    const again = note.querySelector("button");
    const asked = pathInfo.finalRequestPath;
    if (again && verb !== "get") again.remove();
    else if (again) {
      again.addEventListener("click", () => {
        const swap = elt.getAttribute("data-hx-swap") || "innerHTML";
        window.htmx.ajax("GET", asked, { source: elt, target, swap });
      });
    }
    notes.set(asker(detail), note);
    if (elt.hidden) document.getElementById("main").prepend(note);
    else target.before(note);
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target && !detail.target.hidden) detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.target) detail.target.removeAttribute("aria-busy");
    if (detail.successful) forget(detail);
  });

  // How long something has been going on counts up by itself.
  const unit = [["days", 86400, 3600, "h"], ["h", 3600, 60, "min"], ["min", 60, 1, "s"]];
  const words = (seconds) => {
    for (const [name, size, less, smaller] of unit) {
      if (seconds < size) continue;
      const count = Math.floor(seconds / size);
      const rest = Math.floor((seconds % size) / less);
      const first = `${count} ${name === "days" && count === 1 ? "day" : name}`;
      return rest ? `${first} ${rest} ${smaller}` : first;
    }
    return `${seconds} s`;
  };
  // The server's clock is the one that counts; the page says what it read when it was made.
  const served = Date.parse(document.documentElement.dataset.now || "") || Date.now();
  const ahead = served - Date.now();
  const tick = () => {
    const now = Date.now() + ahead;
    for (const part of document.querySelectorAll("[data-since]")) {
      const text = words(Math.max(0, Math.floor((now - Date.parse(part.dataset.since)) / 1000)));
      if (part.textContent !== text) part.textContent = text;
    }
    for (const bar of document.querySelectorAll("[data-grows]")) {
      const width = (now - Date.parse(bar.dataset.grows)) * Number(bar.dataset.rate);
      const room = 1000 - Number(bar.getAttribute("x"));
      bar.setAttribute("width", Math.max(4, Math.min(room, width)).toFixed(1));
    }
  };
  if (document.querySelector("#live, [data-since]")) setInterval(tick, 1000);
})();
