// Ends flows that Smartcar's JavaScript SDK starts, at the simulator.
//
// The SDK has no setting for the origin of Connect, so its addresses are changed here.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { JSDOM } from "jsdom";

const APPLICATION_ID = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI = "http://localhost:8000/callback";
const STATE = "the app's state";
const connectOrigin = process.env.SMARTCAR_CONNECT_ORIGIN ?? "http://127.0.0.1:4000";
const source = await readFile(createRequire(import.meta.url).resolve("@smartcar/auth"), "utf8");

/** Starts a flow, and returns its address at the simulator and what the SDK tells the app. */
function start(options) {
  const { window } = new JSDOM("", { url: "http://localhost:8000/", runScripts: "outside-only" });
  window.eval(source);
  const { promise, resolve } = withResolvers();
  const smartcar = new window.Smartcar({
    applicationId: APPLICATION_ID,
    scope: ["required:read_vehicle_info", "read_odometer"],
    mode: "simulated",
    onComplete: (error, code, state, _, userId) => resolve({ error, code, state, userId }),
    ...options,
  });
  const url = new URL(smartcar.getAuthUrl({
    state: STATE,
    forcePrompt: true,
    singleSelect: { vin: "5YJSA1E14FF101307" },
    flags: ["country:DE"],
    user: "user 7",
  }));
  assert.equal(url.hostname, "connect.smartcar.com");
  return { window, url: connectOrigin + url.pathname + url.search, completed: promise };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((r) => { resolve = r; });
  return { promise, resolve };
}

/** Posts the callback to the opener, as the page at the redirect URI does. */
function post(window, callback) {
  const parameter = (name) => callback.searchParams.get(name);
  const data = {
    name: "SmartcarAuthMessage",
    isSmartcarHosted: false,
    code: parameter("code"),
    error: parameter("error"),
    errorDescription: parameter("error_description"),
    state: parameter("state"),
    userId: parameter("user_id"),
  };
  window.dispatchEvent(new window.MessageEvent("message", { data, origin: callback.origin }));
}

/** Returns the names of all ends of a flow, from the page of the simulator. */
async function outcomes(url) {
  const page = await fetch(url, { redirect: "manual" });
  const text = await page.text();
  assert.equal(page.status, 200, text);
  const links = [...new JSDOM(text).window.document.querySelectorAll("a.end")];
  return links.map((link) => new URL(link.href, "http://localhost").searchParams.get("simulated_outcome"));
}

async function end(options, outcome) {
  const { window, url, completed } = start({ redirectUri: REDIRECT_URI, ...options });
  const response = await fetch(`${url}&simulated_outcome=${outcome}`, { redirect: "manual" });
  assert.equal(response.status, 302, await response.text());
  const callback = new URL(response.headers.get("location"));
  assert.equal(callback.origin + callback.pathname, REDIRECT_URI);
  if (!callback.searchParams.has("state")) {
    return { callback, learned: "nothing, because the state is lost" };
  }
  post(window, callback);
  const { error, code, state, userId } = await completed;
  assert.equal(state, STATE, outcome);
  return { callback, learned: { error: error && String(error), code, userId } };
}

for (const responseType of ["code", "none"]) {
  const options = responseType === "code" ? {} : { responseType };
  const { url } = start({ redirectUri: REDIRECT_URI, ...options });
  for (const outcome of await outcomes(url)) {
    const { callback, learned } = await end(options, outcome);
    if (typeof learned !== "string") {
      const parameter = (name) => callback.searchParams.get(name);
      assert.equal(Boolean(learned.error), callback.searchParams.has("error"), outcome);
      assert.deepEqual([learned.code, learned.userId], [parameter("code"), parameter("user_id")], outcome);
    }
    console.log(`JavaScript, ${responseType}, ${outcome}: ${JSON.stringify(learned)}`);
  }
}

// Without a redirect URI, the flow ends at Connect.
const { url } = start({ responseType: "none" });
const response = await fetch(`${url}&simulated_outcome=user_id`, { redirect: "manual" });
assert.equal(response.status, 200);
assert.match(await response.text(), /<h1>No callback<\/h1>/);
console.log("JavaScript, none, user_id without a redirect URI: no callback");
