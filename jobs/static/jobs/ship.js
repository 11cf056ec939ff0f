// Ship many: a scanner sends Enter after each number, which leads to the next row. Without this the page works by hand.
"use strict";

const form = document.getElementById("content-main");
const fields = [...form.querySelectorAll("[data-order]")];
const planButton = form.querySelector("button[value=plan]");
const fillButton = form.querySelector("button[value=fill]");
const said = document.getElementById("said");
const count = document.getElementById("count");
const SLIP = /(?:^|[/=])ord[^a-z0-9]?0*([0-9]+)\/?$/i;

const box = (field) => form.querySelector(`input[name=ship][value="${field.dataset.order}"]`);

function tally() {
    const chosen = form.querySelectorAll("input[name=ship]:checked").length;
    count.textContent = `${chosen} of ${fields.length} to be shipped`;
}

function go(field) {
    field.focus();
    field.select();
    field.scrollIntoView({ block: "nearest" });
}

// A scanned packing slip is no tracking number: it says which order comes next.
function goToSlip(field, number) {
    field.value = field.dataset.before ?? field.defaultValue;
    const wanted = fields.find((one) => one.dataset.order === number);
    said.textContent = wanted ? "" : `ord-${number.padStart(3, "0")} is not on this page.`;
    go(wanted ?? field);
}

function goOn(field) {
    const slip = SLIP.exec(field.value.trim());
    if (slip) return goToSlip(field, slip[1]);
    said.textContent = "";
    if (field.value.trim()) box(field).checked = true;
    field.dataset.before = field.value;
    tally();
    const next = fields[fields.indexOf(field) + 1];
    return next ? go(next) : planButton.focus();
}

for (const field of fields) {
    field.addEventListener("focus", () => {
        field.dataset.before = field.value;
    });
    field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        goOn(field);
    });
    field.addEventListener("change", () => {
        if (field.value.trim() && !SLIP.test(field.value.trim())) box(field).checked = true;
        tally();
    });
    // Two columns belong into the box above, wherever they are pasted.
    field.addEventListener("paste", (event) => {
        const text = event.clipboardData.getData("text");
        if (!/[\t\n]/.test(text.trim())) return;
        event.preventDefault();
        form.elements.paste.value = text;
        fillButton.click();
    });
}
form.addEventListener("change", tally);
// Enter in another field of a row would press the first button of the page.
form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[type=text]:not([data-order])")) event.preventDefault();
});
tally();
if (fields.length) go(fields.find((field) => !field.value) ?? fields[0]);
