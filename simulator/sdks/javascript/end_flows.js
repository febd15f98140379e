// Ends flows that Smartcar's JavaScript SDK starts in a popup, at the simulator, in Chromium. The app
// (`app.rs`) responds to their callbacks with `PopupMessage`.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import puppeteer from "puppeteer-core";

const { REDIRECT_URI } = process.env;
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

/** Fails if the promise takes too long, because a popup that stays open is not an exception. */
function soon(promise, expected) {
  const late = setTimeout(30_000, null, { ref: false }).then(() => assert.fail(`${expected} did not happen`));
  return Promise.race([promise, late]);
}

/** Opens the page of the app and its popup. The options are for the SDK. */
async function open(options) {
  const page = await browser.newPage();
  await page.goto(`${new URL(REDIRECT_URI).origin}/#${encodeURIComponent(JSON.stringify(options))}`);
  const [popup] = await Promise.all([
    soon(new Promise((resolve) => page.once("popup", resolve)), "a popup"),
    page.locator("#connect").click(),
  ]);
  await popup.waitForSelector("a.end");
  return { page, popup };
}

/** Returns the names of all ends of a flow, from the page of the simulator. */
async function outcomes(options) {
  const { page, popup } = await open(options);
  const addresses = await popup.$$eval("a.end", (links) => links.map((link) => link.href));
  await Promise.all([popup.close(), page.close()]);
  return addresses.map((address) => new URL(address).searchParams.get("simulated_outcome"));
}

const link = (outcome) => `a.end[href$="simulated_outcome=${outcome}"]`;

/** Ends a flow, and returns the parameters of its callback and what the page of the app has heard. */
async function end(options, outcome) {
  const { page, popup } = await open(options);
  const closed = new Promise((resolve) => popup.once("close", resolve));
  const [callback] = await Promise.all([
    popup.waitForRequest((request) => request.url().startsWith(`${REDIRECT_URI}?`)),
    popup.click(link(outcome)),
  ]);
  await soon(closed, `${outcome}: the end of the popup`);
  const heard = await soon(page.evaluate(() => window.heard), `${outcome}: a message`);
  await page.close();
  return { parameters: new URL(callback.url()).searchParams, heard };
}

function assertHeard({ sdk, connectError }, parameters, outcome) {
  const parameter = (name) => parameters.get(name);
  if (!parameters.has("state")) {
    assert.deepEqual([sdk, connectError], [undefined, "state_missing"], outcome);
    return;
  }
  const { error, ...granted } = sdk;
  assert.deepEqual(granted, {
    code: parameter("code"),
    userId: parameter("user_id"),
    virtualKeyUrl: parameter("virtual_key_url"),
    externalId: parameter("external_id"),
    isMyState: true,
  }, outcome);
  const code = parameter("error");
  assert.equal(connectError, code === "not_documented_yet" ? "unknown" : code, outcome);
  assert.equal(Boolean(error), parameters.has("error"), outcome);
  if (error) {
    // `oem_cancelled_login` has a description without a name.
    const description = parameter("error_description") ?? [...parameters.keys()].find((name) => name.includes(" "));
    assert.ok(error.message.endsWith(description), `${outcome}: ${error.message}`);
    assert.equal(error.vehicleInfo?.vin ?? null, parameter("vin"), outcome);
  }
}

for (const responseType of ["code", "none"]) {
  for (const outcome of await outcomes({ responseType })) {
    const { parameters, heard } = await end({ responseType }, outcome);
    assertHeard(heard, parameters, outcome);
    console.log(`JavaScript, ${responseType}, ${outcome}: ${JSON.stringify(heard)}`);
  }
}

// Without a redirect URI, the flow ends at Connect.
const { popup } = await open({ responseType: "none", redirectUri: null });
await Promise.all([popup.waitForNavigation(), popup.click(link("user_id"))]);
assert.equal(await popup.$eval("h1", (heading) => heading.textContent), "No callback");
console.log("JavaScript, none, user_id without a redirect URI: no callback");
await browser.close();
