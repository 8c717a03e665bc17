#include "streamstats/telemetry/metrics.hpp"

#include <set>
#include <sstream>
#include <string>

#include "streamstats/telemetry/build_info.hpp"
#include "support/catch.hpp"

using namespace streamstats::telemetry;

namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("events are one family, by result", "[telemetry]") {
    metrics m;
    m.add(counter::events_accepted, 9'007'199'254'740);
    m.add(counter::events_rejected);
    m.add(counter::events_rejected);
    const std::string text = m.to_prometheus_text();
    CHECK(has_line(text, "# TYPE streamstats_events_total counter"));
    CHECK(has_line(text, "streamstats_events_total{result=\"accepted\"} 9007199254740"));
    CHECK(has_line(text, "streamstats_events_total{result=\"rejected\"} 2"));
    CHECK(has_line(text, "streamstats_events_total{result=\"duplicate\"} 0"));
    CHECK(text.find("# HELP streamstats_events_total") == text.rfind("# HELP streamstats_events_total"));
}

TEST_CASE("a gauge shows what it was set to last, and a total what its keeper says", "[telemetry]") {
    metrics m;
    m.set(gauge::flush_duration_seconds, 3);
    m.set(gauge::flush_duration_seconds, 0.25);
    m.set_total(counter::clock_anomalies, 7);
    CHECK(m.value(gauge::flush_duration_seconds) == 0.25);
    CHECK(m.total(counter::clock_anomalies) == 7);
    const std::string text = m.to_prometheus_text();
    CHECK(has_line(text, "streamstats_flush_duration_seconds 0.25"));
    CHECK(has_line(text, "streamstats_clock_anomalies_total 7"));
    CHECK(has_line(text, "# TYPE streamstats_flush_duration_seconds gauge"));
}

TEST_CASE("the build is told by version and revision", "[telemetry]") {
    const std::string text = metrics{}.to_prometheus_text();
    CHECK(text.find("\nstreamstats_build_info{version=\"" + std::string(version()) + "\",revision=\"" +
                    std::string(revision()) + "\"} 1\n") != std::string::npos);
    CHECK(!version().empty());
    CHECK(!revision().empty());
}

TEST_CASE("every series appears once, is ours, and counters alone end in _total", "[telemetry]") {
    std::istringstream text(metrics{}.to_prometheus_text());
    std::set<std::string> seen;
    std::size_t series = 0;
    for (std::string line; std::getline(text, line);) {
        CAPTURE(line);
        if (line.starts_with("# TYPE ")) {
            CHECK((line.find("_total ") != std::string::npos) == line.ends_with(" counter"));
        }
        if (line.starts_with("#")) continue;
        CHECK(line.starts_with("streamstats_"));
        CHECK(seen.insert(line.substr(0, line.rfind(' '))).second);
        ++series;
    }
    CHECK(series == static_cast<std::size_t>(counter::count_) + static_cast<std::size_t>(gauge::count_) + 1);
}
