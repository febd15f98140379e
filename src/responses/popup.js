"use strict";
{
  const { messages, origin } = document.body.dataset;
  const { opener } = window;
  // Without an origin, the opener is the app if this page may read its address.
  const openerIsApp = () => {
    try {
      return origin !== undefined || opener.location.origin === location.origin;
    } catch {
      return false;
    }
  };
  // The messages come first: a browser may refuse the rest.
  if (opener && openerIsApp()) {
    for (const message of JSON.parse(messages)) {
      opener.postMessage(message, origin ?? location.origin);
    }
    const status = document.querySelector("[role=status]");
    if (status) {
      status.textContent = status.dataset.sent;
    }
    window.close();
  }
  history.replaceState(null, "", location.pathname);
}
