// What pages do beyond HTML: follow a run, show times in the reader's zone, copy, guard against double submits, keys.
// Everything works without it, but for following a run.
(() => {
  "use strict";
  const lang = document.documentElement.lang || "en";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const announce = (text) => {
    const place = document.getElementById("announcer");
    if (place && text && place.textContent !== text) place.textContent = text;
  };

  // Times are sent in UTC. Of the page's language the reader's own variety, such as en-GB.
  const locale = navigator.languages.find((known) => known.startsWith(lang)) || lang;
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const showTimes = (root) => {
    for (const time of all("time[datetime]", root)) {
      const at = new Date(time.dateTime);
      if (time.title || Number.isNaN(at.getTime())) continue;
      time.title = time.textContent;
      time.textContent = (time.dataset.format === "day" ? day : full).format(at);
    }
  };

  // What is to be typed before a button works. Digits may be grouped.
  const plain = (text) => text.trim().replace(/^[\d.,\s\u202f]+$/, (digits) => digits.replace(/\D/g, ""));
  const guardConfirmations = (root) => {
    for (const form of all("form[data-confirm]", root)) {
      const input = form.querySelector("input[name=confirm]");
      const button = form.querySelector("button[type=submit]");
      if (!input || !button) continue;
      const check = () => { button.disabled = plain(input.value) !== plain(form.dataset.confirm); };
      input.addEventListener("input", check);
      check();
    }
  };

  const showCopyButtons = (root) => {
    if (!navigator.clipboard) return;
    for (const button of all("button[data-copy]", root)) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const input = document.querySelector(button.dataset.copy);
        await navigator.clipboard.writeText(input.value);
        const label = button.textContent;
        button.textContent = button.dataset.copied;
        announce(button.dataset.copied);
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    }
  };

  // An element that follows something is fetched again at each event and put in the place of the one that is there.
  const follow = (element) => {
    const { live, fragment } = element.dataset;
    if (!live || !fragment || !window.EventSource) return;
    const id = element.id;
    const source = new EventSource(live);
    let busy = false;
    let again = false;
    const look = async () => {
      if (busy) { again = true; return; }
      busy = true;
      try {
        const response = await fetch(fragment, { headers: { accept: "text/html" }, cache: "no-store" });
        const text = response.ok && !response.redirected ? await response.text() : "";
        const next = new DOMParser().parseFromString(text, "text/html").getElementById(id);
        const present = document.getElementById(id);
        if (next && present) {
          if (next.dataset.live !== live) source.close();
          replace(present, next, live);
        }
      } catch { /* The next event tries again. */ }
      busy = false;
      if (again) { again = false; setTimeout(look, 300); }
    };
    source.onmessage = look;
    source.onopen = look;
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { look(); follow(document.getElementById(id) || element); }, 10000);
    };
    window.addEventListener("pagehide", () => source.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  };

  const replace = (present, next, live) => {
    const said = present.querySelector("[data-announce]")?.textContent;
    const focused = present.contains(document.activeElement) ? document.activeElement : null;
    const where = focused && (focused.id ? `#${CSS.escape(focused.id)}`
      : focused.getAttribute("href") ? `a[href="${CSS.escape(focused.getAttribute("href"))}"]` : focused.localName);
    const open = all("details", present).map((details) => details.open);
    const fresh = document.importNode(next, true);
    present.replaceWith(fresh);
    all("details", fresh).forEach((details, index) => { if (open[index]) details.open = true; });
    if (where) {
      const target = fresh.querySelector(where) || document.getElementById("content");
      target.focus({ preventScroll: true });
    }
    const saying = fresh.querySelector("[data-announce]")?.textContent;
    if (saying !== said) announce(saying);
    prepare(fresh);
    if (fresh.dataset.live && fresh.dataset.live !== live) follow(fresh);
  };

  // A form is sent once; a page that comes back from the browser's memory can send again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => all("button", form).forEach((button) => button.setAttribute("aria-disabled", "true")), 0);
  });
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-sent]")) {
      delete form.dataset.sent;
      all("button", form).forEach((button) => button.removeAttribute("aria-disabled"));
    }
  });

  // `/` goes to the filter, j and k through rows, Enter into a row.
  const rows = () => all("table[data-rows] tbody tr");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const list = rows();
    const present = list.indexOf(document.activeElement.closest("tr"));
    const go = (index) => {
      const row = list[Math.max(0, Math.min(list.length - 1, index))];
      if (!row) return;
      row.tabIndex = -1;
      row.focus();
      event.preventDefault();
    };
    if (event.key === "/") {
      const filter = document.querySelector("[data-filter]");
      if (filter) { filter.focus(); event.preventDefault(); }
    } else if (event.key === "j" || (event.key === "ArrowDown" && present >= 0)) go(present + 1);
    else if (event.key === "k" || (event.key === "ArrowUp" && present >= 0)) go(present - 1);
    else if (event.key === "Enter" && document.activeElement.localName === "tr") {
      document.activeElement.querySelector("a")?.click();
    }
  });

  const prepare = (root) => { showTimes(root); guardConfirmations(root); showCopyButtons(root); };
  prepare(document);
  all("[data-live]").forEach(follow);
  document.querySelector("[data-focus]")?.focus();
})();
