// What the pipeline needs of a log of accepted batches: an event is applied and answered only after its batch is safe.
#pragma once

#include <functional>
#include <memory>

#include "streamstats/base/time.hpp"
#include "streamstats/wire/decode.hpp"

namespace streamstats::pipeline {

class event_journal {
public:
    // True: the batch is safe, apply it. False: it is not and will not be; nothing of it may be answered as taken.
    using continuation = std::function<void(bool safe)>;

    virtual ~event_journal() = default;
    // Called on the engine thread; must not block. `then` is called exactly once, on any thread, in the order of the
    // calls of append; it may be called before append returns.
    virtual void append(const std::shared_ptr<const wire::batch>& events, instant received, continuation then) = 0;
};

// Keeps nothing: every batch is as safe as it will get at once.
class no_journal final : public event_journal {
public:
    void append(const std::shared_ptr<const wire::batch>&, instant, continuation then) override { then(true); }
};

}  // namespace streamstats::pipeline
