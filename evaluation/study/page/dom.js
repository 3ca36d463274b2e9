/* Elements in one line, and words for those who do not see them. */
const find = (id) => document.getElementById(id);

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function say(text) {
  find("status").textContent = "";
  requestAnimationFrame(() => { find("status").textContent = text; });
}

function show(...children) {
  stopSound();
  find("screen").replaceChildren(...children);
  scrollTo(0, 0);
  const heading = find("screen").querySelector("h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

const button = (text, onclick, kind = "") => el("button", { type: "button", class: kind, onclick }, text);
