"""The live page in a real browser, on the real binary with the embedded store."""

import unittest

from browser import ENTER, ESCAPE, TAB, Browser
from harness import Daemon, event, free_port, now_ms

HOSTILE = ["<script>document.title = 'owned'</script>", "<img src=x onerror=\"document.title = 'owned'\">",
           "\u202eenil yb enil", "x" * 255, "ü" * 127, "a & b; 'c' \"d\"", " "]


def setUpModule():
    global browser
    browser = Browser()


def tearDownModule():
    browser.close()


def started(count, prefix="s", **fields):
    return [event("play_started", f"{prefix}{n}", **fields) for n in range(count)]


def names(dimension):
    return browser.texts(f".table-{dimension} .name bdi")


class PageCase(unittest.TestCase):
    """Each test has a daemon of its own, and a console that must stay empty."""

    settings = {}

    def setUp(self):
        browser.open("about:blank")
        browser.resize(1280, 1600)
        browser.prefer(prefers_color_scheme="light")
        browser.console()
        self.daemon = Daemon(**self.settings).start()
        self.addCleanup(self.daemon.__exit__)

    def tearDown(self):
        self.assertEqual(browser.console(), [])

    def open_with(self, events, query=""):
        self.daemon.post(events)
        browser.open(self.daemon.url(f"/{query}"))
        browser.until_text("#viewers", str(len(events)))


class Numbers(PageCase):
    def test_the_first_load_tells_who_is_watching(self):
        self.open_with(started(2, media="news") + started(1, "t", media="sport", server="edge2", country="FR"))
        self.assertEqual(browser.text("#health-words"), "Everything works")
        self.assertEqual(browser.text("#users"), "3")
        self.assertEqual(names("channel"), ["news", "sport"])
        self.assertEqual(names("server"), ["edge1", "edge2"])
        self.assertEqual(names("country"), ["DE", "FR"])
        self.assertEqual(browser.texts(".table-channel td.share"), ["66.7%", "33.3%"])
        self.assertIn("Germany", browser.text(".table-country .name"))
        self.assertTrue(browser.run("return document.title").startswith("3 viewers"))
        browser.until(lambda: browser.run("return document.querySelectorAll('.chart canvas').length") >= 3, "charts")
        browser.until(lambda: "Most: 3" in browser.text("#hour-summary"), "the last hour from the store")
        browser.until(lambda: browser.run("return document.querySelector('.spark canvas') !== null"), "a sparkline")

    def test_numbers_follow_events(self):
        self.open_with(started(2))
        self.daemon.post(started(5, "more", media="late"))
        browser.until_text("#viewers", "7")
        self.assertEqual(names("channel"), ["late", "news"])
        self.daemon.post([event("play_closed", f"more{n}") for n in range(5)])
        browser.until_text("#viewers", "2")
        self.assertEqual(names("channel"), ["news"])

    def test_the_most_in_a_day_is_not_less_than_what_is_there_now(self):
        self.open_with(started(2))
        browser.until_text("#most", "2")
        self.daemon.post(started(5, "more"))
        browser.until_text("#viewers", "7")
        self.assertEqual(browser.text("#most"), "7")

    def test_nobody_is_watching(self):
        self.open_with([])
        self.assertEqual(browser.text(".table-channel .nothing"), "Nobody is watching.")
        self.assertFalse(browser.is_shown(".table-channel table"))

    def test_typing_finds_names(self):
        self.open_with([event("play_started", str(n), media=f"channel {n:03}") for n in range(120)])
        self.assertEqual(len(names("channel")), 10)
        browser.type("#match", "Channel 07")
        browser.until(lambda: names("channel") == [f"channel 07{n}" for n in range(10)], "the names with 07")
        self.assertEqual(browser.text("#matching"), "10 channels")
        self.assertEqual(browser.texts(".table-channel h2 .muted"), ["10 of 120"])
        self.assertEqual(browser.text(".table-server .nothing"), "Nothing matches.")
        browser.type("#match", "9")
        browser.until(lambda: names("channel") == ["channel 079"], "the only name with 079")
        browser.type("#match", "?")
        browser.until_text("#matching", "Nothing matches.")

    def test_more_rows_are_shown_when_asked_for(self):
        self.open_with([event("play_started", str(n), media=f"channel {n:03}") for n in range(120)])
        for rows in (50, 120):
            browser.click(".table-channel .more")
            browser.until(lambda wanted=rows: len(names("channel")) == wanted, f"{rows} rows")
        self.assertFalse(browser.is_shown(".table-channel .more"))

    def test_an_update_touches_what_it_changes_and_nothing_else(self):
        self.open_with(started(9, media="big") + started(1, "t", media="small"))
        browser.until(lambda: browser.run("return document.querySelectorAll('.spark canvas').length") >= 12,
                      "the sparklines")
        browser.run("""window.touched = new Set();
            new MutationObserver((changes) => {
                for (const { target } of changes) touched.add(target.nodeName);
            }).observe(document.querySelector('#tables'), { subtree: true, childList: true, characterData: true });
            window.clockWas = document.querySelector('#clock').textContent""")
        browser.until(lambda: browser.run("return document.querySelector('#clock').textContent !== clockWas"), "a second")
        self.assertEqual(browser.run("return [...touched]"), [])
        self.daemon.post(started(1, "u", media="small"))
        browser.until_text("#viewers", "11")
        self.assertEqual(browser.run("return [...touched]"), ["TD"])

    def test_rows_hold_still_under_the_focus(self):
        self.open_with(started(2, media="first") + started(1, "t", media="second"))
        browser.run("document.querySelectorAll('.table-channel .name')[1].focus()")
        self.daemon.post(started(4, "u", media="second"))
        browser.until_text("#viewers", "7")
        self.assertEqual(names("channel"), ["first", "second"])
        browser.run("document.activeElement.blur()")
        browser.until(lambda: names("channel") == ["second", "first"], "the order of the numbers")


    def test_rows_hold_still_under_a_pointer_that_moves_and_not_under_one_that_was_left_there(self):
        self.open_with(started(2, media="first") + started(1, "t", media="second"))
        self.addCleanup(browser.point_away)
        browser.point(".table-channel .name")
        self.daemon.post(started(4, "u", media="second"))
        browser.until_text("#viewers", "7")
        self.assertEqual(names("channel"), ["first", "second"])
        browser.run("const now = performance.now(); performance.now = () => now + 3_600_000")
        browser.until(lambda: names("channel") == ["second", "first"], "the order of the numbers")


class TheHistory(PageCase):
    """A history of the test's own, whose times and questions are made up."""

    def setUp(self):
        super().setUp()
        self.open_with([])
        browser.run("""window.asked = [];
            window.fetch = async (address) => {
                const step = new URL(address, location).searchParams.get('step');
                if (address.includes('peak_concurrent')) asked.push(Number(step));
                return Response.json({ series: [{ points: [] }] });
            };
            return import('/assets/history.js').then(({ History }) => { window.past = new History(); })""")

    def test_a_chart_is_asked_for_again_when_it_is_old(self):
        for seconds, steps in ((0, [60, 300, 1800]), (59, [60]), (300, [60, 300]), (360, [60]), (40_000, [60, 300, 1800])):
            asked = browser.run("asked.length = 0; return past.refresh(1e12 + 1000 * arguments[0]).then(() => asked)", seconds)
            self.assertEqual(sorted(asked), steps)

    def test_what_was_not_seen_is_a_gap_and_no_line(self):
        drawn = browser.run("""const before = Dygraph.prototype.updateOptions;
            let drawn;
            Dygraph.prototype.updateOptions = ({ file }) => { drawn = file; };
            for (const seconds of [0, 5, 900, 901]) past.add(1e12 + 1000 * seconds, 3);
            Dygraph.prototype.updateOptions = before;
            return drawn.map(([, value]) => value)""")
        self.assertEqual(drawn, [3, 3, None, 3, 3])


class HostileNames(PageCase):
    def test_they_are_text_and_stay_in_their_place(self):
        self.open_with([event("play_started", str(n), media=name) for n, name in enumerate(HOSTILE)])
        self.assertEqual(sorted(names("channel")), sorted(HOSTILE))
        self.assertEqual(browser.run("return document.querySelectorAll('main script, main img').length"), 0)
        self.assertIn("viewers", browser.run("return document.title"))
        directions = "return [...document.querySelectorAll('bdi')].map((each) => getComputedStyle(each).unicodeBidi)"
        self.assertEqual(set(browser.run(directions)), {"isolate"})
        titles = browser.run("return [...document.querySelectorAll('.table-channel .name')].map((each) => each.title)")
        self.assertEqual(sorted(titles), sorted(f"\u2068{name}\u2069" for name in HOSTILE))

    def test_their_sessions_can_be_seen(self):
        self.open_with([event("play_started", str(n), media=name, server=name) for n, name in enumerate(HOSTILE)])
        for name in HOSTILE:
            with self.subTest(name=name):
                browser.run("""[...document.querySelectorAll('.table-channel .name')]
                    .find((each) => each.textContent === arguments[0]).click()""", name)
                browser.until(lambda wanted=name: browser.texts("#sessions-rows td:nth-child(2)") == [wanted], name)
                self.assertEqual(browser.text("#sessions-title bdi"), name)
                browser.press(ESCAPE)


class SessionsPanel(PageCase):
    def test_by_keyboard_page_by_page(self):
        first = now_ms() - 600_000
        self.open_with([event("play_started", f"s{n:03}", user_id=f"user {n:03}", opened_at=first + 1_000 * n)
                        for n in range(120)] + started(3, "t", media="sport"))
        browser.run("document.querySelector('.table-channel .name').focus()")
        browser.press(ENTER)
        browser.until_shown("#sessions")
        browser.until_text("#sessions-status", "Sessions 1–50")
        users = "#sessions-rows td:first-child"
        self.assertEqual(browser.texts("#sessions-head th"),
                         ["User", "Server", "Country", "Protocol", "Device", "Since", "Bytes"])
        seen = browser.texts(users)
        self.assertEqual(seen[0], "user 119")
        for words in ("Sessions 51–100", "Sessions 101–120"):
            browser.run("document.querySelector('#sessions-next').focus()")
            browser.press(ENTER)
            browser.until_text("#sessions-status", words)
            seen += browser.texts(users)
        self.assertEqual(seen, [f"user {n:03}" for n in reversed(range(120))])
        self.assertTrue(browser.run("return document.querySelector('#sessions-next').disabled"))
        browser.click("#sessions-previous")
        browser.until_text("#sessions-status", "Sessions 51–100")
        browser.press(ESCAPE)
        self.assertFalse(browser.is_shown("#sessions"))
        self.assertEqual(browser.run("return document.activeElement.textContent"), "news")

    def test_a_page_that_failed_can_be_turned_to_again(self):
        self.open_with(started(70))
        browser.click(".table-channel .name")
        browser.until_text("#sessions-status", "Sessions 1–50")
        browser.run("""const ask = window.fetch;
            window.fetch = (address, ...how) => {
                if (!address.includes('sessions')) return ask(address, ...how);
                window.fetch = ask;
                return Promise.reject(new Error('Gone.'));
            }""")
        browser.click("#sessions-next")
        browser.until_text("#sessions-status", "That did not work. Gone.")
        self.assertEqual(browser.text("#sessions-page"), "Page 1")
        browser.click("#sessions-next")
        browser.until_text("#sessions-status", "Sessions 51–70")
        self.assertEqual(browser.text("#sessions-page"), "Page 2")

    def test_order_and_server(self):
        opened = now_ms() - 60_000
        self.open_with([event("play_updated", "small", opened_at=opened, bytes=1_000),
                        event("play_updated", "large", opened_at=opened, bytes=2_500_000)])
        browser.click(".table-server .name")
        browser.until(lambda: len(browser.texts("#sessions-rows tr")) == 2, "the sessions")
        for order, bytes_shown in (("bytes desc", ["2.5 MB", "1.0 kB"]), ("bytes asc", ["1.0 kB", "2.5 MB"])):
            browser.click(f"#sessions-order option[value='{order}']")
            browser.until(lambda wanted=bytes_shown: browser.texts("#sessions-rows td:last-child") == wanted, order)


class Connection(PageCase):
    def tearDown(self):
        complaints = [line for line in browser.console() if "net::ERR_" not in line]
        self.assertEqual(complaints, [])

    def test_a_lost_connection_is_told_and_made_again(self):
        self.open_with(started(3))
        self.assertFalse(browser.is_shown("#lost"))
        self.daemon.terminate()
        browser.until_shown("#lost")
        self.assertIn("The connection to streamstats is lost.", browser.text("#lost"))
        self.assertEqual(browser.text("#connection-text"), "Connection lost")
        self.daemon.start()
        browser.until_shown("#back")
        self.assertFalse(browser.is_shown("#lost"))
        browser.until_text("#connection-text", "Live")
        self.daemon.post(started(2, "after"))
        browser.until_text("#viewers", "5")

    def test_a_page_that_nobody_sees_lets_its_connection_go(self):
        self.open_with(started(3))
        show = """Object.defineProperty(document, 'hidden', { value: !arguments[0], configurable: true });
            document.dispatchEvent(new Event('visibilitychange'))"""
        for seen, streams in ((False, 0), (True, 1)):
            browser.run(show, seen)
            browser.until(lambda wanted=streams: self.daemon.metric("streamstats_live_streams") == wanted, f"{streams} streams")

    def test_a_stream_that_falls_silent_is_a_lost_one(self):
        self.open_with(started(3))
        browser.run("""const later = window.setTimeout;
            window.setTimeout = (what, milliseconds) => later(what, milliseconds / 50);
            window.EventSource = class extends EventTarget { close() {} }""")
        browser.type("#match", "new")
        browser.until_text("#connection-text", "Every few seconds")

    def test_without_a_stream_the_page_asks_from_time_to_time_and_tells_what_it_may_not(self):
        self.open_with(started(3))
        browser.run("""window.EventSource = class extends EventTarget {
            constructor() { super(); setTimeout(() => this.dispatchEvent(new Event('error'))); }
            close() {}
        }""")
        browser.type("#match", "new")
        browser.until_text("#connection-text", "Every few seconds")
        self.daemon.post(started(2, "after"))
        browser.until_text("#viewers", "5")
        self.assertFalse(browser.is_shown("#lost"))
        browser.run("window.fetch = async () => Response.json({ detail: 'The token is old.' }, { status: 401 })")
        browser.until_text("#connection-text", "Not allowed")
        self.assertIn("This page may not read the numbers. The token is old.", browser.text("#lost"))


class Token(PageCase):
    settings = {"STREAM_READ_TOKEN": "open +sesame"}

    def test_the_page_carries_on_the_token_of_its_address(self):
        self.open_with(started(2), "?token=open%20+sesame")
        browser.until(lambda: "Most: 2" in browser.text("#hour-summary"), "the last hour")
        browser.click(".table-channel .name")
        browser.until_text("#sessions-status", "Sessions 1–2")


    def test_a_password_in_the_address_is_enough(self):
        self.daemon.post(started(2))
        browser.open(self.daemon.url("/").replace("//", "//anybody:open%20+sesame@", 1))
        browser.until_text("#viewers", "2")
        browser.until(lambda: "Most: 2" in browser.text("#hour-summary"), "the last hour")


class Health(PageCase):
    settings = {"STREAM_STORE": "mysql", "STREAM_DB_HOST": "127.0.0.1", "STREAM_DB_PORT": str(free_port())}

    def test_what_is_wrong_is_told_in_words(self):
        self.daemon.post(started(1))
        browser.open(self.daemon.url("/"))
        browser.until_text("#health-words", "Something needs a look")
        self.assertIn("database", " ".join(browser.texts("#problems li")))
        self.assertIn("the database is not connected", browser.text("#health-details"))
        browser.until(lambda: browser.text("#hour-summary").startswith("No history"), "the missing history")

    def tearDown(self):
        complaints = [line for line in browser.console() if "status of 503" not in line]
        self.assertEqual(complaints, [])


class Looks(PageCase):
    def setUp(self):
        super().setUp()
        self.open_with([event("play_started", str(n), media=name, server=name) for n, name in enumerate(HOSTILE)])

    def brightness(self, what):
        rgb = browser.run(f"return getComputedStyle(document.body).{what}.match(/\\d+/g).slice(0, 3).map(Number)")
        return sum(rgb) / 3

    def test_dark_where_the_viewer_likes_it_dark(self):
        self.assertGreater(self.brightness("backgroundColor"), 200)
        self.assertLess(self.brightness("color"), 60)
        browser.prefer(prefers_color_scheme="dark")
        self.assertLess(self.brightness("backgroundColor"), 60)
        self.assertGreater(self.brightness("color"), 200)

    def test_no_motion_for_those_who_want_none(self):
        moving = "return getComputedStyle(document.querySelector('.dot')).animationName"
        self.assertEqual(browser.run(moving), "pulse")
        browser.prefer(prefers_reduced_motion="reduce")
        self.assertEqual(browser.run(moving), "none")

    def test_a_phone_needs_no_scrolling_sideways(self):
        browser.resize(360, 740)
        overflow = "return document.documentElement.scrollWidth - innerWidth"
        browser.until(lambda: browser.run(overflow) <= 0, "everything to fit into 360 pixels")
        browser.click(".table-channel .name")
        browser.until_text("#sessions-status", "Sessions 1–1")
        self.assertLessEqual(browser.run(overflow), 0)
        self.assertTrue(browser.run("""const { left, right } = document.querySelector('#sessions-close').getBoundingClientRect();
            return left >= 0 && right <= innerWidth"""))

    def test_the_first_key_leads_past_the_head(self):
        browser.press(TAB)
        self.assertEqual(browser.run("return document.activeElement.textContent"), "Skip to the numbers")
        self.assertGreaterEqual(browser.run("return document.activeElement.getBoundingClientRect().top"), 0)
        browser.press(ENTER)
        self.assertEqual(browser.run("return document.activeElement.id"), "main")


if __name__ == "__main__":
    unittest.main()
