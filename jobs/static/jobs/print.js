// The paper is chosen once at a bench and remembered in this browser.
"use strict";

const kept = `printshop.paper.${document.body.dataset.kind}`;

function lay(paper) {
    document.body.dataset.paper = paper;
    localStorage.setItem(kept, paper);
}

for (const choice of document.querySelectorAll("input[name=paper]")) {
    if (choice.value === localStorage.getItem(kept)) {
        choice.checked = true;
        lay(choice.value);
    }
    choice.addEventListener("change", () => lay(choice.value));
}
document.getElementById("print").addEventListener("click", () => window.print());
