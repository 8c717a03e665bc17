// Brings into the store what has no flush number: sessions, rejected events, the secret. Lives on the engine thread and
// hands every call to the store thread; one session sync and one of the other calls at a time. What could not be
// written waits: sessions as the newest change of each, rejected events up to their bound.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/pending_sessions.hpp"
#include "pipeline/rejection_queue.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/pipeline/pipeline.hpp"

namespace streamstats::pipeline {

class side_writer {
public:
    // After each call, with what went wrong, if anything.
    using answered = std::function<void(const std::optional<store_failure>&)>;

    side_writer(const pipeline_options& options, const pipeline_parts& parts, stage& stage, answered after_each);

    // Until then no session is written: it has to be settled first what becomes of those that an earlier run left.
    // `older`: what has to change in the table because of them.
    void allow_sessions(const session_changes& older);
    // It is time to ask the engine what changed: nothing waits and nothing is under way.
    [[nodiscard]] bool wants_sessions() const { return sessions_allowed_ && !sessions_under_way_; }
    void sync_sessions(session_changes newer);

    void add_rejection(rejected_event event);

    // To be kept in the store: at once, or when all sessions have been written under it.
    enum class secret_time : std::uint8_t { now, after_sessions };
    void owe_secret(std::string hex, secret_time when);

    // Writes secret and rejected events. Only while the store is up and no flush is in hand.
    void pump();

    [[nodiscard]] bool idle() const;
    [[nodiscard]] bool sessions_idle() const { return sessions_.empty() && !sessions_under_way_; }
    [[nodiscard]] std::size_t pending_sessions_count() const { return sessions_.size(); }
    // Since rejected_events was last written.
    [[nodiscard]] std::uint64_t rejections_left_out() const { return rejections_left_out_; }

private:
    struct secret_debt {
        std::string hex;
        bool due = false;
    };

    void send_sessions();
    void sessions_answered(const session_changes& sent, const std::optional<store_failure>& trouble);
    void send_rejections();
    void rejections_answered(std::vector<rejected_event> sent, const std::optional<store_failure>& trouble);
    void send_secret();
    void leave_out(std::uint64_t count);

    rollup_store& store_;
    telemetry::metrics& metrics_;
    stage& stage_;
    answered answered_;

    bool sessions_allowed_ = false;
    bool sessions_under_way_ = false;
    bool other_under_way_ = false;
    pending_sessions sessions_;
    std::optional<instant> sessions_as_of_;
    std::size_t sessions_max_;  // for each call
    rejection_queue rejections_;
    std::uint64_t rejections_left_out_ = 0;
    std::optional<secret_debt> secret_;
};

}  // namespace streamstats::pipeline
