// Follows a job and leads on when it ends.

const card = document.querySelector("[data-job]");
const message = card.querySelector("[data-job-message]");
const detail = card.querySelector("[data-job-detail]");
const bar = card.querySelector("[data-job-bar]");
const stop = card.querySelector("[data-job-stop]");
const PAUSE = 300;

function show(job, waiting) {
  message.textContent = waiting ?? (job.message || "under way");
  if (job.cancel_requested) message.textContent = "being stopped";
  stop.disabled = job.cancel_requested;
  detail.textContent = job.detail;
  if (job.total && job.status === "running") {
    bar.max = job.total;
    bar.value = job.done;
  } else {
    bar.removeAttribute("value");
  }
}

async function follow() {
  try {
    const response = await fetch(card.dataset.job, { cache: "no-store" });
    if (response.status === 401) return location.reload();
    if (response.ok) {
      const { job, waiting } = await response.json();
      if (!["queued", "running"].includes(job.status)) return location.replace(card.dataset.next);
      show(job, waiting);
    }
  } catch {
    message.textContent = "The server does not answer; trying again.";
  }
  setTimeout(follow, PAUSE);
}

follow();
