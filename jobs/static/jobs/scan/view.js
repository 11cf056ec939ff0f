// Scan to advance: what is said, sounded and drawn.
"use strict";

const WORDS = {
    good: "✓ Will move",
    already: "= Already there",
    refused: "✗ Cannot move",
    unknown: "? Unknown",
    moved: "✓ Moved",
};
const LOGGED = 5;

// --- Telling ------------------------------------------------------------------------------------------------------
const MARKS = { good: "✓ Good. ", there: "= Nothing to do. ", again: "= Again. ", bad: "✗ No. ", "": "" };

function tell(kind, text) {
    const last = document.getElementById("last");
    const log = document.getElementById("log");
    if (last.textContent === MARKS[kind] + text && kind === "bad") return kind;
    if (last.className.includes(" ")) {
        const line = document.createElement("li");
        line.textContent = last.textContent;
        log.prepend(line);
        while (log.children.length > LOGGED) log.lastElementChild.remove();
        log.hidden = false;
    }
    last.className = `verdict ${kind}`.trim();
    last.textContent = MARKS[kind] + text;
    return kind;
}

let speaker;
function sound(kind) {
    if (!document.getElementById("sound").checked || !window.AudioContext) return;
    speaker ||= new AudioContext();
    const twice = [[660, 0, 0.06], [660, 0.1, 0.06]];
    const beeps = { good: [[880, 0, 0.08]], there: twice, again: twice, bad: [[196, 0, 0.35]] }[kind];
    for (const [pitch, start, length] of beeps) {
        const tone = speaker.createOscillator();
        tone.frequency.value = pitch;
        tone.connect(speaker.destination);
        tone.start(speaker.currentTime + start);
        tone.stop(speaker.currentTime + start + length);
    }
}

function complain(text) {
    const place = document.getElementById("complaint");
    place.textContent = text;
    place.hidden = !text;
}

// --- Drawing ------------------------------------------------------------------------------------------------------
function line(ticket, remove) {
    const one = document.getElementById("line").content.cloneNode(true).firstElementChild;
    const link = one.querySelector("a");
    one.querySelector(".fate").textContent = WORDS[ticket.fate];
    one.querySelector(".fate").classList.add(ticket.fate);
    if (ticket.url) {
        link.href = ticket.url;
        link.textContent = ticket.id;
    } else {
        link.replaceWith(ticket.id);
    }
    one.querySelector(".about").textContent = ticket.about || "";
    one.querySelector(".says").textContent = [ticket.says, ...(ticket.effects || [])].join(" · ");
    const button = one.querySelector(".remove");
    if (!remove) button.remove();
    button.setAttribute("aria-label", `Remove ${ticket.id}`);
    button.addEventListener("click", () => remove(one));
    one.dataset.id = ticket.id;
    return one;
}

function drop(held, id, drawn) {
    const next = drawn.nextElementSibling || drawn.previousElementSibling;
    held.delete(id);
    keep();
    const list = drawn.parentElement;
    drawn.remove();
    draw();
    (next && list.contains(next) ? next.querySelector(".remove") || field : field).focus();
}

// What was drawn of each ticket, so that a scan into a full tray touches one line of it.
const drawn = { good: new Map(), already: new Map(), refused: new Map(), unknown: new Map() };

function drawSection(fate, tickets, held) {
    const section = document.querySelector(`section[data-fate="${fate}"]`);
    const list = section.querySelector("ul");
    const wanted = new Map(tickets.map((ticket) => [ticket.id, ticket]));
    for (const [id, known] of drawn[fate]) {
        if (wanted.get(id)?.says === known.says && known.one.isConnected) continue;
        known.one.remove();
        drawn[fate].delete(id);
    }
    for (const [id, ticket] of wanted) {
        if (drawn[fate].has(id)) continue;
        const one = line(ticket, (element) => drop(held, id, element));
        drawn[fate].set(id, { says: ticket.says, one });
        list.prepend(one);
    }
    section.hidden = !tickets.length;
    document.querySelector(`[data-count="${fate}"] dd`).textContent = tickets.length.toLocaleString("en");
}

function draw() {
    for (const fate of ["good", "already", "refused"]) drawSection(fate, withFate(fate), tray);
    const strange = [...unknown].map(([id, says]) => ({ id, says, fate: "unknown" }));
    drawSection("unknown", strange, unknown);
    const pending = document.querySelector('[data-count="waiting"]');
    const asked = waiting.length + (stale ? tray.size : 0);
    pending.hidden = !asked;
    pending.querySelector("dd").textContent = asked.toLocaleString("en");
    const good = withFate("good").length;
    const ready = good > 0 && !stale && !waiting.length && !advancing;
    go.textContent = good ? `Advance ${counted(good, "job")} to ${target()}` : "Advance all good ones";
    go.setAttribute("aria-disabled", String(!ready));
    const cancels = target() === "CANCELLED";
    document.getElementById("due").hidden = !cancels;
    reason.setAttribute("aria-required", String(cancels));
}
