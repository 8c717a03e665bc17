// What the HTTP edge asks of the inside. Implemented by pipeline::pipeline; faked in tests of http/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/base/time.hpp"
#include "streamstats/engine/engine.hpp"
#include "streamstats/pipeline/series.hpp"
#include "streamstats/wire/decode.hpp"

namespace streamstats {

struct intake_answer {
    // False: nothing of the batch was or will be taken (503); `reason` says why in words for the sender.
    bool taken = false;
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::string reason;
    seconds retry_after{1};
};

// Why no batch can be taken at this moment, known before one has been read.
struct intake_refusal {
    std::string reason;  // in words for the sender, like intake_answer::reason
    seconds retry_after{1};
};

// A page of open sessions, or why there is none now.
struct session_answer {
    std::optional<session_page> page;
    std::string reason;  // in words, like intake_answer::reason
    seconds retry_after{1};
};

struct health_report {
    bool accepting = true;              // false: events cannot be accepted (503)
    bool degraded = false;              // something needs attention, events are still taken
    std::vector<std::string> problems;  // in words, for people; empty when healthy
    std::uint64_t active_sessions = 0;
    bool database_connected = false;
    std::optional<instant> last_flush;
    std::uint64_t pending_rows = 0;
    instant started{};
};

class service {
public:
    virtual ~service() = default;

    // Takes a decoded batch; it counts as received when the engine thread comes to it, so that times of receipt ascend.
    // `done` is called exactly once, on a thread of the pipeline or before submit returns; it must be quick and must
    // not throw. When it says `taken`, every accepted event is applied and (with the journal) on disk.
    virtual void submit(std::shared_ptr<const wire::batch> events, std::function<void(intake_answer)> done) = 0;
    // Asked before the body of each batch is read, so that a refusal costs next to nothing: any thread, at once, no
    // lock that is held for long. Nothing: go on and submit (which may still refuse).
    [[nodiscard]] virtual std::optional<intake_refusal> refuses_now() const { return std::nullopt; }
    // `done` as above.
    virtual void active(std::size_t limit, std::function<void(audience)> done) = 0;
    // From the store; `done` as above.
    virtual void series(series_question question, series_callback done) = 0;
    // Open sessions by all values, for those who watch; gathered between batches. `done` as above; while nobody answers
    // (starting, shutting down) the counts are empty.
    virtual void count(std::function<void(tally)> done) = 0;
    // Looked for between batches. `done` as above.
    virtual void find_sessions(session_query asked, std::function<void(session_answer)> done) = 0;
    // Any thread, at once.
    [[nodiscard]] virtual health_report health() const = 0;
};

}  // namespace streamstats
