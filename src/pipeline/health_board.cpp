#include "pipeline/health_board.hpp"

#include <algorithm>

namespace streamstats::pipeline {
namespace {

constexpr int intervals_notable = 3;
constexpr seconds clock_behind_notable{60};

std::string reason_of(const store_failure& trouble) {
    return trouble.hint.empty() ? trouble.what : trouble.what + " (" + trouble.hint + ")";
}

std::string store_problem(const health_facts& facts) {
    const bool refused = facts.trouble && (facts.trouble->trouble == store_trouble::refused ||
                                           facts.trouble->trouble == store_trouble::not_ours);
    std::string problem = refused ? "the database refuses to work since " : "the database is away since ";
    problem += to_iso_text(facts.store_away_since);
    if (facts.trouble) problem += ": " + reason_of(*facts.trouble);
    return problem;
}

// Old is what has been waiting for long: an idle daemon has nothing to flush.
bool flush_is_old(const health_facts& facts, instant now) {
    return facts.rows_waiting_since && now - *facts.rows_waiting_since > intervals_notable * facts.aggregation_interval;
}

std::string flush_problem(const health_facts& facts) {
    return "rows wait to be flushed since " + to_iso_text(*facts.rows_waiting_since) + ", more than " +
           std::to_string(intervals_notable) + " intervals of " + std::to_string(facts.aggregation_interval.count()) +
           " s";
}

std::string clock_problem(const health_facts& facts) {
    const auto behind = std::chrono::duration_cast<seconds>(facts.clock_behind);
    return "the system's clock was set back: it is " + std::to_string(behind.count()) +
           " s behind the newest time that it has shown; until it has caught up, sessions may count as over too early";
}

std::vector<std::string> problems_of(const health_facts& facts, instant now) {
    std::vector<std::string> problems;
    if (facts.state == running_state::starting) problems.emplace_back("starting");
    if (facts.state == running_state::stopping) problems.emplace_back("shutting down");
    if (facts.state == running_state::broken)
        problems.emplace_back("the daemon has failed and is ending; its log says why");
    if (facts.no_room) problems.emplace_back("the disk has no room for the journal: events are refused until there is");
    if (facts.sessions_full) problems.emplace_back("too many sessions: new ones are refused");
    if (facts.clock_behind > clock_behind_notable) problems.push_back(clock_problem(facts));
    if (facts.state == running_state::running && !facts.store_up) problems.push_back(store_problem(facts));
    if (facts.store_up && facts.trouble) problems.push_back("the database fails: " + reason_of(*facts.trouble));
    if (flush_is_old(facts, now)) problems.push_back(flush_problem(facts));
    if (facts.pending_rows > facts.pending_rows_notable) {
        problems.push_back(std::to_string(facts.pending_rows) + " rows wait to be flushed, more than " +
                           std::to_string(facts.pending_rows_notable));
    }
    if (facts.rejections_left_out > 0) {
        problems.push_back(std::to_string(facts.rejections_left_out) +
                           " rejected events were not kept: too many waited for rejected_events");
    }
    if (facts.checkpoint_trouble)
        problems.push_back("the last checkpoint was not written: " + *facts.checkpoint_trouble);
    problems.insert(problems.end(), facts.findings.begin(), facts.findings.end());
    return problems;
}

}  // namespace

health_report report_of(const health_facts& facts, instant now) {
    health_report report;
    report.accepting = facts.state == running_state::running && !facts.no_room;
    report.problems = problems_of(facts, now);
    report.degraded = !report.problems.empty();
    report.active_sessions = facts.active_sessions;
    report.database_connected = facts.store_up;
    report.last_flush = facts.last_flush;
    report.pending_rows = facts.pending_rows;
    report.started = facts.started;
    return report;
}

}  // namespace streamstats::pipeline
