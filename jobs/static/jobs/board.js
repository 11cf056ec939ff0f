// The job board. The shop is looked at every few seconds; whatever a person has chosen, focused or scrolled to stays.
"use strict";

const page = document.getElementById("content-main");
const columns = document.getElementById("columns");
const bar = document.getElementById("bar");
const plan = document.getElementById("plan");
const change = document.getElementById("change");
const planBody = document.getElementById("plan-body");
const outcome = document.getElementById("outcome");
const trouble = document.getElementById("trouble");
const most = Number(page.dataset.most);

const chosen = new Set(); // ids, also of jobs that are not shown any more
const refusals = new Map(); // id → why it was refused the last time
const shown = {}; // status → how many cards were asked for
const told = new WeakMap(); // a part of the board → what the shop said of it
let anchor = null; // the card from which Shift chooses
let current = null; // the id of the card that Tab leads to
let asking = 0; // numbers questions, so that a late answer does not overwrite a newer one
let action = "";

const cardsIn = (column) => [...column.querySelectorAll(".card")];
const boxOf = (card) => card.querySelector("[data-pick]");
const cardOf = (id) => columns.querySelector(`.card[data-id="${CSS.escape(id)}"]`);
const jobs = (count) => `${count.toLocaleString("en")} job${count === 1 ? "" : "s"}`;

// --- Choosing --------------------------------------------------------------------------------------------------------
function choose(card, on) {
    const { id } = card.dataset;
    if (on && chosen.size >= most && !chosen.has(id)) {
        trouble.textContent = `At most ${jobs(most)} can be chosen at once.`;
        return;
    }
    if (on) chosen.add(id);
    else chosen.delete(id);
    if (!on) refusals.delete(id);
}

function chooseUpTo(card, on) {
    const cards = cardsIn(card.closest(".column"));
    const [from, to] = [cards.indexOf(anchor), cards.indexOf(card)].sort((a, b) => a - b);
    (from < 0 ? [card] : cards.slice(from, to + 1)).forEach((one) => choose(one, on));
}

// One card of each column is on the way of the Tab key, the others are reached by arrows.
function draw() {
    if (!bar) return;
    for (const column of columns.querySelectorAll(".column")) {
        const cards = cardsIn(column);
        const stop = cards.find((card) => card.dataset.id === current) || cards[0];
        for (const card of cards) {
            const box = boxOf(card);
            box.checked = chosen.has(card.dataset.id);
            card.querySelectorAll("a, input").forEach((one) => (one.tabIndex = card === stop ? 0 : -1));
            explain(card);
        }
        const all = column.querySelector("[data-all]");
        if (!all) continue;
        const picked = cards.filter((card) => chosen.has(card.dataset.id)).length;
        all.checked = picked > 0 && picked === cards.length;
        all.indeterminate = picked > 0 && picked < cards.length;
    }
    const unseen = [...chosen].filter((id) => !cardOf(id)).length;
    const text = chosen.size ? `${jobs(chosen.size)} chosen${unseen ? `, ${unseen.toLocaleString("en")} of them not shown here now` : ""}` : "";
    const line = document.getElementById("chosen");
    if (line.textContent !== text) line.textContent = text;
    bar.hidden = !chosen.size;
}

// A refused job says why on its card as long as it is chosen.
function explain(card) {
    const why = refusals.get(card.dataset.id);
    let note = card.querySelector(".refused");
    if (!why) return note?.remove();
    if (!note) {
        note = document.createElement("p");
        note.className = "refused";
        card.append(note);
    }
    if (note.textContent !== why) note.textContent = why;
}

columns.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more]");
    if (more) {
        const column = more.closest(".column");
        shown[column.dataset.status] = Number(more.dataset.more);
        const first = cardsIn(column).length;
        look().then(() => focusOn(cardsIn(document.getElementById(column.id))[first]));
        return;
    }
    const jump = event.target.closest("[data-jump]");
    if (jump) {
        event.preventDefault();
        const column = document.getElementById(`column-${jump.dataset.jump}`);
        column.scrollIntoView({ block: "start", inline: "start" });
        column.focus({ preventScroll: true });
        return;
    }
    const card = event.target.closest(".card");
    const box = card && boxOf(card);
    if (!box || event.target.closest("a") || getSelection().toString()) return;
    const on = event.target === box ? box.checked : !chosen.has(card.dataset.id);
    if (event.shiftKey && anchor) chooseUpTo(card, on);
    else choose(card, on);
    anchor = card;
    current = card.dataset.id;
    draw();
});

// Shift with the mouse chooses cards here, not their text.
columns.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".card") && !event.target.closest("a, input")) event.preventDefault();
});

columns.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    cardsIn(event.target.closest(".column")).forEach((card) => choose(card, event.target.checked));
    draw();
});

// --- Keys ------------------------------------------------------------------------------------------------------------
function focusOn(card) {
    if (!card) return;
    current = card.dataset.id;
    draw();
    (boxOf(card) || card.querySelector("a")).focus();
}

function beside(column, step) {
    const all = [...columns.querySelectorAll(".column")];
    for (let at = all.indexOf(column) + step; all[at]; at += step) if (all[at].querySelector(".card")) return all[at];
    return null;
}

columns.addEventListener("keydown", (event) => {
    const card = event.target.closest(".card");
    if (!card || !event.target.matches("[data-pick]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const column = card.closest(".column");
    const cards = cardsIn(column);
    const at = cards.indexOf(card);
    const next = { ArrowDown: cards[at + 1], ArrowUp: cards[at - 1], Home: cards[0], End: cards.at(-1) }[event.key];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const aside = step && beside(column, step);
    const target = next || (aside && (cardsIn(aside)[at] || cardsIn(aside).at(-1)));
    if (next === undefined && !step && !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    if (!target) return;
    if (event.shiftKey && !step) [card, target].forEach((one) => choose(one, true));
    anchor = target;
    focusOn(target);
});

columns.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card) current = card.dataset.id;
});

// --- Looking again ---------------------------------------------------------------------------------------------------
function address() {
    const asked = new URLSearchParams(page.dataset.asked);
    for (const [status, count] of Object.entries(shown)) asked.set(status, count);
    return `${page.dataset.columns}?${asked}`;
}

// Of what holds the focus: how to find it again when its element was replaced.
function placeOf(element) {
    if (!columns.contains(element)) return null;
    const column = element.closest(".column");
    const id = element.closest(".card")?.dataset.id;
    const cards = column ? cardsIn(column) : [];
    return {
        id,
        which: id && [...element.closest(".card").querySelectorAll("a, input")].indexOf(element),
        at: cards.findIndex((card) => card.dataset.id === id),
        column: column?.id,
        kind: ["data-all", "data-more", "data-jump"].find((kind) => element.hasAttribute(kind)),
        jump: element.dataset.jump,
    };
}

function refocus(place) {
    const column = place.column && document.getElementById(place.column);
    let target = null;
    if (place.id) {
        const card = cardOf(place.id) || (column && (cardsIn(column)[place.at] || cardsIn(column).at(-1)));
        target = card ? card.querySelectorAll("a, input")[card.dataset.id === place.id ? place.which : 0] : column;
    } else if (place.jump) target = columns.querySelector(`[data-jump="${place.jump}"]`);
    else if (column) target = (place.kind && column.querySelector(`[${place.kind}]`)) || column;
    else target = columns.querySelector(".columns");
    target?.focus({ preventScroll: true });
}

// --- What changed is put in place of what was there; all else stays the very same elements -------------------------
function patchPart(old, fresh) {
    if (told.get(old) === fresh.innerHTML) return;
    told.set(old, fresh.innerHTML);
    old.innerHTML = fresh.innerHTML;
}

function patchCards(list, fresh) {
    const known = new Map([...list.children].map((card) => [card.dataset.id, card]));
    const next = fresh.map((card) => {
        const same = known.get(card.dataset.id);
        if (same && told.get(same) === card.innerHTML) return same;
        told.set(card, card.innerHTML);
        return card;
    });
    const kept = new Set(next);
    [...list.children].forEach((card) => kept.has(card) || card.remove());
    next.forEach((card, at) => list.children[at] === card || list.insertBefore(card, list.children[at] || null));
}

function patch(fresh) {
    const sections = [...fresh.querySelectorAll(".column")];
    if (sections.length !== columns.querySelectorAll(".column").length) {
        columns.replaceChildren(...fresh.childNodes);
        remember();
        return;
    }
    patchPart(columns.querySelector(".strip"), fresh.querySelector(".strip"));
    for (const section of sections) {
        const old = document.getElementById(section.id);
        patchPart(old.querySelector("header"), section.querySelector("header"));
        patchCards(old.querySelector("ul"), cardsIn(section));
        patchPart(old.querySelector("footer"), section.querySelector("footer"));
    }
}

function remember() {
    columns.querySelectorAll(".strip, .column > header, .column > footer, .card").forEach((part) => told.set(part, part.innerHTML));
}

function show(html) {
    const place = placeOf(document.activeElement);
    const [x, y] = [window.scrollX, window.scrollY];
    const anchorId = anchor?.dataset.id;
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    patch(fresh);
    anchor = anchorId ? cardOf(anchorId) : null;
    draw();
    if (place && !columns.contains(document.activeElement)) refocus(place);
    window.scrollTo(x, y);
}

async function look() {
    const turn = ++asking;
    try {
        const answer = await fetch(address(), { credentials: "same-origin" });
        if (answer.redirected) throw new Error("You are signed out. Load the page again to sign in.");
        if (!answer.ok) throw new Error("The shop does not answer as it should. What is shown may be old.");
        const html = await answer.text();
        if (turn !== asking || plan.open) return;
        show(html);
        document.getElementById("fresh").textContent = `As of ${new Date().toISOString().slice(11, 19)} UTC.`;
        trouble.textContent = "";
    } catch (error) {
        trouble.textContent = error instanceof TypeError ? "The shop cannot be reached. What is shown may be old." : error.message;
    }
}

const lookIfSeen = () => document.hidden || plan.open || look();
setInterval(lookIfSeen, Number(page.dataset.every) * 1000);
document.addEventListener("visibilitychange", lookIfSeen);
window.addEventListener("online", lookIfSeen);

// --- Doing -----------------------------------------------------------------------------------------------------------
async function ask(step) {
    const body = new FormData(change);
    body.set("jobs", JSON.stringify([...chosen]));
    body.set("action", action);
    if (step) body.set("step", step);
    const answer = await fetch(page.dataset.change, { method: "POST", body, credentials: "same-origin" });
    if (answer.redirected) throw new Error("You are signed out. Nothing was done. Load the page again to sign in.");
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (isJson) {
        const said = await answer.json();
        if (!answer.ok) throw new Error(said.says);
        return said;
    }
    if (answer.ok || answer.status === 400 || answer.status === 409) return answer.text();
    throw new Error("The shop refused this. Nothing was done. Load the page again.");
}

function complain(error) {
    const says = error instanceof TypeError ? "The shop cannot be reached; whether anything was done shows when it is back." : error.message;
    if (!plan.open) {
        trouble.textContent = says;
        return;
    }
    planBody.querySelector(":scope > .complaint")?.remove();
    const line = document.createElement("p");
    line.className = "complaint mb-2";
    line.setAttribute("role", "alert");
    line.textContent = says;
    planBody.prepend(line);
}

function showPlan(html) {
    const focused = document.activeElement.name;
    planBody.innerHTML = html;
    if (!plan.open) plan.showModal();
    const again = focused && planBody.querySelector(`[name="${CSS.escape(focused)}"]:not([type=hidden])`);
    const first = planBody.querySelector(".errorlist, .complaint") && planBody.querySelector("input:not([type=hidden]), textarea");
    (again || first || planBody.querySelector("select, textarea, input:not([type=hidden])") || planBody.querySelector("#plan-title")).focus();
}

function line(id, says) {
    const item = document.createElement("li");
    item.textContent = `${id}: ${says}`;
    return item;
}

function showOutcome({ says, done, refused, record }) {
    done.forEach((id) => chosen.delete(id));
    refusals.clear();
    refused.forEach((one) => refusals.set(one.id, one.says));
    const text = document.createElement("p");
    text.className = "font-semibold";
    text.textContent = says;
    const parts = [text];
    if (record) {
        const link = document.createElement("a");
        link.href = record;
        link.className = "text-link underline";
        link.textContent = "See what happened to each";
        parts.push(link);
    }
    if (refused.length) {
        const list = document.createElement("ul");
        list.append(...refused.map((one) => line(one.id, one.says)));
        parts.push("Refused, still chosen:", list);
    }
    outcome.replaceChildren(...parts);
    outcome.hidden = false;
    draw();
}

// One question at a time: a second click is nothing, but another target is asked about as soon as may be.
let busy = false;
let next = null;
async function once(work, waits = false) {
    if (busy) {
        if (waits) next = work;
        return;
    }
    busy = true;
    try {
        await work();
    } catch (error) {
        complain(error);
    }
    busy = false;
    if (next && plan.open) {
        const later = next;
        next = null;
        once(later, true);
    }
}

bar?.addEventListener("click", (event) => {
    if (event.target.id === "none") {
        chosen.clear();
        refusals.clear();
        draw();
        (cardOf(current || "") ? focusOn(cardOf(current)) : columns.querySelector(".columns")?.focus());
    }
    if (!event.target.dataset.action) return;
    action = event.target.dataset.action;
    planBody.replaceChildren();
    next = null;
    once(async () => showPlan(await ask("")));
});

// Another target makes another plan.
change.addEventListener("change", (event) => {
    if (event.target.matches("select")) once(async () => showPlan(await ask("plan")), true);
});

change.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) plan.close();
});

change.addEventListener("submit", (event) => {
    event.preventDefault();
    once(async () => {
        const answer = await ask("confirm");
        if (typeof answer === "string") return showPlan(answer);
        showOutcome(answer);
        plan.close();
    });
});

plan.addEventListener("close", async () => {
    await look();
    draw();
    const button = chosen.size ? bar.querySelector(`[data-action="${action}"]`) : null;
    (button || (cardOf(current || "") && boxOf(cardOf(current))) || columns.querySelector(".columns"))?.focus({ preventScroll: true });
});

remember();
draw();
