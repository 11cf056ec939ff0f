// Scan to advance. The tray lives in this tab's session storage; the shop judges what is in it and carries it out.
"use strict";

const page = document.getElementById("content-main");
const scanForm = document.getElementById("scan");
const advanceForm = document.getElementById("advance");
const field = document.getElementById("ticket");
const reason = document.getElementById("id_reason");
const go = document.getElementById("go");
const most = Number(page.dataset.most);
const KEPT = "printshop.tray";
const AGAIN_MS = 3000;
const PATIENCE_MS = 30000;

const tray = new Map(); // id → what the shop said of the job
const unknown = new Map(); // scanned text → why it is no ticket
let waiting = []; // scanned texts that the shop has not answered yet
let stale = false; // whether all of the tray has to be judged again
let busy = false;
let retry = 0;
let advancing = false;

const target = () => scanForm.elements.target.value;
const withFate = (fate) => [...tray.values()].filter((ticket) => ticket.fate === fate);
const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// --- Keeping ------------------------------------------------------------------------------------------------------
function keep() {
    const kept = { target: target(), reason: reason.value, jobs: [...tray.keys()], unknown: [...unknown], waiting };
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function recall() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "{}");
    const asked = scanForm.querySelector("[data-asked]");
    if (kept.target && !asked) scanForm.elements.target.value = kept.target;
    reason.value = kept.reason || "";
    waiting = kept.waiting || [];
    for (const [text, says] of kept.unknown || []) unknown.set(text, says);
    for (const id of kept.jobs || []) tray.set(id, { id, fate: "" });
    stale = tray.size > 0;
    if (stale) tell("", `The tray of before: ${counted(tray.size, "ticket")}.`);
}

// --- Asking the shop ----------------------------------------------------------------------------------------------
class No extends Error {} // this question will never be answered
class Shut extends Error {} // nor any other, until somebody signs in or loads the page
class Away extends Error {} // ask again

async function ask(address, fields) {
    const body = new FormData(scanForm);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    let answer;
    try {
        answer = await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
        throw new Away("The shop cannot be reached. Nothing is lost: the tray is kept and tried again.");
    }
    if (answer.redirected) throw new Shut("You are signed out. Sign in and come back: the tray is kept in this tab.");
    const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    if (answer.status >= 500) throw new Away(said.says || "The shop is in trouble. The tray is kept and tried again.");
    if (answer.status === 400) throw new No(said.says);
    if (!answer.ok) throw new Shut("The shop does not take this. Load the page again: the tray is kept.");
    return said;
}

// One question at a time, with all that was scanned meanwhile: however fast it comes, it stays in order.
async function judge() {
    if (busy || advancing) return;
    busy = true;
    try {
        while (stale || waiting.length) await judgeOnce();
    } catch (error) {
        tell("bad", error.message);
        clearTimeout(retry);
        if (error instanceof Away) retry = setTimeout(judge, AGAIN_MS);
    } finally {
        busy = false;
        draw();
    }
}

async function judgeOnce() {
    const fresh = !stale;
    const codes = fresh ? waiting.slice(0, most) : [...tray.keys()];
    const asked = target();
    let answer = { scans: [], tickets: [] };
    try {
        if (codes.length) answer = await ask(page.dataset.check, { codes: JSON.stringify(codes) });
    } catch (error) {
        if (error instanceof No && fresh) waiting.splice(0, codes.length);
        if (error instanceof No) stale = false;
        throw error;
    }
    stale = asked !== target();
    const tickets = new Map(answer.tickets.map((ticket) => [ticket.id, ticket]));
    if (fresh) {
        waiting.splice(0, codes.length);
        absorb(answer.scans, tickets);
    } else {
        for (const id of tray.keys()) if (tickets.has(id)) tray.set(id, tickets.get(id));
    }
    keep();
    draw();
}

function absorb(scans, tickets) {
    let worst = "good";
    for (const scan of scans) {
        const kind = place(scan, tickets);
        if (kind === "bad" || worst === "good") worst = kind;
    }
    if (scans.length) sound(worst);
}

// Puts one scan into the tray, says so, and returns how it went: one of the MARKS.
function place(scan, tickets) {
    if (!scan.jobs.length) {
        const again = unknown.has(scan.code);
        unknown.set(scan.code, scan.says);
        return tell("bad", scan.says + (again ? " It was scanned before." : ""));
    }
    const added = scan.jobs.filter((id) => !tray.has(id));
    if (tray.size + added.length > most) {
        return tell("bad", `The tray is full: it holds ${counted(most, "ticket")}. ${scan.code} was not added.`);
    }
    for (const id of scan.jobs) tray.set(id, tickets.get(id));
    const named = scan.jobs.length > 1 ? `${scan.code}, ${counted(scan.jobs.length, "job")}` : scan.jobs[0];
    if (!added.length) return tell("again", `${named}: in the tray already, nothing was added.`);
    const found = scan.jobs.map((id) => tickets.get(id));
    const bad = found.filter((ticket) => ticket.fate === "refused");
    const kind = bad.length ? "bad" : found.some((ticket) => ticket.fate === "good") ? "good" : "there";
    const said = [...new Set((bad.length ? bad : found).map((ticket) => ticket.says))].join(" ");
    const known = scan.jobs.length - added.length;
    return tell(kind, `${named}: ${said}${known ? ` ${known} in the tray already.` : ""}`);
}

// --- Advancing ----------------------------------------------------------------------------------------------------
async function advance() {
    if (go.getAttribute("aria-disabled") === "true") {
        const open = waiting.length || stale || advancing;
        complain(open ? "Some tickets are still being checked." : "There is no ticket that can move.");
        return;
    }
    if (target() === "CANCELLED" && !reason.value.trim()) {
        complain("A reason is required to cancel a job.");
        reason.focus();
        return;
    }
    complain("");
    advancing = true;
    draw();
    try {
        const codes = JSON.stringify(withFate("good").map((ticket) => ticket.id));
        report(await ask(page.dataset.advance, { codes, reason: reason.value }));
    } catch (error) {
        complain(error instanceof Away ? `${error.message} See whether the tickets have moved.` : error.message);
    } finally {
        advancing = false;
        stale = true;
        judge();
    }
}

// What happened to each. What moved or was there already leaves the tray, what was refused stays.
function report(answer) {
    const already = withFate("already");
    const outcomes = [...answer.tickets, ...already];
    for (const ticket of outcomes) ticket.fate === "refused" ? tray.set(ticket.id, ticket) : tray.delete(ticket.id);
    const counts = { moved: 0, already: 0, refused: 0 };
    for (const ticket of outcomes) counts[ticket.fate] += 1;
    const words = { moved: "moved", already: "already there", refused: "refused and left in the tray" };
    const said = Object.entries(words).filter(([fate]) => counts[fate] || fate === "moved");
    const text = said.map(([fate, word]) => `${counts[fate].toLocaleString("en")} ${word}`).join(", ");
    const done = document.getElementById("done");
    done.hidden = false;
    document.getElementById("done-title").textContent = `Done: ${text}.`;
    document.getElementById("record").parentElement.hidden = !answer.record;
    document.getElementById("record").href = answer.record;
    done.querySelector("ul").replaceChildren(...outcomes.map((ticket) => line(ticket)));
    reason.value = "";
    keep();
    sound(counts.refused ? "bad" : "good");
    tell(counts.refused ? "bad" : "good", `${text}.`);
    field.focus();
}
