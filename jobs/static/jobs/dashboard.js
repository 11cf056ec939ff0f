// The dashboard's charts, drawn with the Chart.js that comes with the admin; the same numbers stand in a table below.
"use strict";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => document.documentElement.classList.contains("dark");

function dataset({ label, colour: name, values }) {
    return { label, data: values, backgroundColor: colour(name), borderRadius: 3, maxBarThickness: 28 };
}

function axis(counts, text, line) {
    return { grid: { display: counts, color: line }, ticks: { color: text, autoSkip: counts, precision: 0 }, beginAtZero: true };
}

// A bar leads where its number leads.
function follow(chart) {
    return (event, [bar]) => {
        if (bar) window.location.assign(chart.series[bar.datasetIndex].urls[bar.index]);
    };
}

function options(chart) {
    const text = colour(isDark() ? "--color-base-300" : "--color-base-700");
    const line = colour(isDark() ? "--color-base-700" : "--color-base-200");
    return {
        animation: false,
        maintainAspectRatio: false,
        indexAxis: chart.flat ? "y" : "x",
        onClick: follow(chart),
        onHover: (event, bars) => (event.native.target.style.cursor = bars.length ? "pointer" : "default"),
        plugins: { legend: { display: chart.series.length > 1, labels: { color: text, boxWidth: 12 } } },
        scales: { x: axis(chart.flat, text, line), y: axis(!chart.flat, text, line) },
    };
}

function draw(chart) {
    const canvas = document.querySelector(`canvas[data-chart="${chart.id}"]`);
    const datasets = chart.series.map(dataset);
    return new Chart(canvas, { type: "bar", data: { labels: chart.labels, datasets }, options: options(chart) });
}

const charts = JSON.parse(document.getElementById("charts").textContent);
let drawn = charts.map(draw);
let wasDark = isDark();

new MutationObserver(() => {
    if (isDark() === wasDark) return;
    wasDark = isDark();
    drawn.forEach((one) => one.destroy());
    drawn = charts.map(draw);
}).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
