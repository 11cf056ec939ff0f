// Scan to advance: what people, scanners and cameras do.
"use strict";

function add(text) {
    const code = text.trim();
    if (!code) return;
    waiting.push(code);
    keep();
    draw();
    judge();
}

function take() {
    const text = field.value;
    field.value = "";
    add(text);
}

scanForm.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
    field.focus();
});

field.addEventListener("keydown", (event) => {
    // Some scanners end a code with Tab.
    if (event.key === "Tab" && !event.shiftKey && field.value.trim()) {
        event.preventDefault();
        take();
    }
});

field.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").split(/[\r\n\t,;]+/);
    if (lines.length < 2) return;
    event.preventDefault();
    lines.forEach(add);
});

scanForm.addEventListener("change", (event) => {
    if (event.target.name !== "target") return;
    stale = true;
    complain("");
    keep();
    draw();
    judge();
});

reason.addEventListener("input", keep);
reason.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // Enter never advances from here: a scanner sends it too, wherever the cursor stands.
    event.preventDefault();
    const scanned = reason.value.match(/(job|ord)-\d+$/i);
    if (scanned) {
        reason.value = reason.value.slice(0, scanned.index);
        add(scanned[0]);
    }
    field.focus();
});

advanceForm.addEventListener("submit", (event) => {
    event.preventDefault();
    advance();
});

document.getElementById("empty").addEventListener("click", () => {
    if (busy || advancing) return complain("Some tickets are still being checked.");
    const held = tray.size + unknown.size + waiting.length;
    if (!held || !window.confirm(`Take all ${counted(held, "ticket")} out of the tray? No job is changed.`)) return;
    tray.clear();
    unknown.clear();
    waiting = [];
    keep();
    draw();
    tell("", "The tray is empty.");
    field.focus();
});

// A scanner types where the cursor stands: on a button or a choice that would be lost.
document.addEventListener("keydown", (event) => {
    const typed = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    const here = document.activeElement;
    if (typed && !here.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) field.focus();
});

window.addEventListener("online", judge);

// --- The camera ---------------------------------------------------------------------------------------------------
const camera = document.getElementById("camera");
const view = document.getElementById("view");
const LOOK_MS = 150;
const SAME_MS = 2500; // a ticket held before the camera is one scan
let film = null;

async function watch(detector) {
    let seen = "";
    let at = 0;
    while (film) {
        for (const { rawValue } of await detector.detect(view)) {
            if (rawValue === seen && Date.now() - at < SAME_MS) {
                at = Date.now();
                continue;
            }
            [seen, at] = [rawValue, Date.now()];
            add(rawValue);
        }
        await new Promise((resume) => setTimeout(resume, LOOK_MS));
    }
}

async function openCamera() {
    try {
        film = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        view.srcObject = film;
        view.hidden = false;
        await view.play();
        camera.textContent = "Close the camera";
        camera.setAttribute("aria-pressed", "true");
        await watch(new BarcodeDetector());
    } catch (error) {
        closeCamera();
        tell("bad", `The camera cannot be used: ${error.message}`);
    }
}

function closeCamera() {
    film?.getTracks().forEach((track) => track.stop());
    film = null;
    view.hidden = true;
    camera.textContent = "Use the camera";
    camera.setAttribute("aria-pressed", "false");
}

if ("BarcodeDetector" in window && navigator.mediaDevices) {
    camera.hidden = false;
    camera.addEventListener("click", () => (film ? closeCamera() : openCamera()));
}

// --- The start ----------------------------------------------------------------------------------------------------
// The admin's frame hides the page until its own script has run: what is hidden cannot take the focus.
window.addEventListener("load", () => field.focus());
recall();
draw();
judge();
