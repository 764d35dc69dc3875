// The line that says how many answers are still only in this browser, and what was refused.

// `open` gives what writes of things chosen and not sent into the line, or null.
export function showSync(line, queue, loginUrl, open = () => null) {
  const refresh = () => {
    const count = queue.size;
    const stuck = count > 0 && queue.state !== "idle";
    const chosen = count ? null : open();
    line.dataset.state = chosen ? "open" : !count ? "done" : stuck ? "trouble" : "waiting";
    line.dataset.unsent = count;
    if (chosen) chosen(line);
    else line.replaceChildren(...words(count, queue.state, loginUrl));
  };
  queue.addEventListener("changed", refresh);
  refresh();
  return refresh;
}

function words(count, state, loginUrl) {
  if (!count) return ["All answers recorded"];
  const waiting = `${count} ${count === 1 ? "answer" : "answers"}`;
  if (state === "login") {
    const link = document.createElement("a");
    link.href = loginUrl;
    link.textContent = "log in again";
    return [`${waiting} kept in this browser: `, link];
  }
  if (state === "full") return [`The server's disk is full: ${waiting} kept in this browser`];
  if (state === "offline") return [`No connection: ${waiting} kept in this browser, sent when it is back`];
  return [`${waiting} being sent`];
}

export function showTrouble(box, state) {
  state.addEventListener("refused", ({ detail }) => {
    box.hidden = false;
    const line = document.createElement("p");
    line.textContent = explain(detail.error, state, detail.operation);
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Understood";
    close.addEventListener("click", () => {
      box.replaceChildren();
      box.hidden = true;
    });
    box.replaceChildren(...[...box.querySelectorAll("p")].slice(-4), line, close);
  });
}

function explain(error, state, operation) {
  const asked = state.questions.find((question) => question.id === operation.answers?.[0]?.question_id);
  const where = asked ? `question ${asked.position + 1}` : "an answer";
  if (error.code === "answer_conflict") {
    const who = error.answers?.[0]?.annotator;
    const what = who && who !== state.me ? `${who} answered it meanwhile` : "it was answered in another window meanwhile";
    return `Your answer to ${where} was not recorded: ${what}. Look at it again; you can still change it.`;
  }
  if (operation.kind === "undo") return `Nothing was taken back: ${error.message}`;
  return `Your answer to ${where} was not recorded: ${error.message}`;
}
