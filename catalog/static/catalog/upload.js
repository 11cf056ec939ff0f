// A file may be dropped anywhere on its place; the field itself stays, for everybody who chooses by keyboard.
const place = document.querySelector(".drop");
const field = place?.querySelector("input[type=file]");

if (field) {
    // The frame's own script would look for the parts of its own kind of file field, and find none.
    field.hasChangeListener = true;
    const over = (event) => {
        event.preventDefault();
        place.classList.add("over");
    };
    place.addEventListener("dragenter", over);
    place.addEventListener("dragover", over);
    place.addEventListener("dragleave", () => place.classList.remove("over"));
    place.addEventListener("drop", (event) => {
        event.preventDefault();
        place.classList.remove("over");
        if (event.dataTransfer.files.length) {
            field.files = event.dataTransfer.files;
            field.dispatchEvent(new Event("change", { bubbles: true }));
        }
    });
}

// A large file takes a while on its way: say so, and take no second click.
document.querySelector("#upload")?.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button) {
        button.disabled = true;
        document.querySelector("#sending").hidden = false;
    }
});
