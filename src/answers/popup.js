"use strict";
{
  const { message, origin } = document.body.dataset;
  const status = document.querySelector("[role=status]");
  const opener = window.opener;
  // The message comes first: a browser may refuse the rest.
  if (opener) {
    opener.postMessage(JSON.parse(message), origin || location.origin);
    status.textContent = status.dataset.sent;
    window.close();
  }
  history.replaceState(null, "", location.pathname);
}
