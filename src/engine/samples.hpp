// The byte samples of sessions that send play_updated (SEMANTICS 3, "Bytes"). One thread at a time.
//
// Samples are kept, sorted, for as long as one that comes out of order could still change a minute that is not final;
// then they melt into a base. So the bytes of a minute are a function of the set of samples, not of their order. Where
// there are more than the engine has room for, the oldest melt earlier, and what comes out of order before them is
// dropped and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/session.hpp"
#include "streamstats/base/bytes.hpp"

namespace streamstats {

struct byte_sample {
    instant at{};
    std::uint64_t bytes = session::no_bytes;  // no_bytes: an update that told none
    friend bool operator==(const byte_sample&, const byte_sample&) = default;
    friend bool operator<(const byte_sample& a, const byte_sample& b) {
        return a.at != b.at ? a.at < b.at : a.bytes < b.bytes;
    }
};

// The bytes that flow evenly from one sample to the next.
struct byte_flow {
    instant from{};
    instant to{};
    std::uint64_t bytes = 0;
    friend bool operator==(const byte_flow&, const byte_flow&) = default;
};

class sample_history {
public:
    enum class added : std::uint8_t { in_order, out_of_order, known, too_old };
    added add(byte_sample sample);
    // The newest play_updated, whether it told bytes or not.
    [[nodiscard]] instant newest_update() const { return newest_update_; }
    // Melts what is before `t`, and the oldest beyond `at_most`; returns how many did. What they add up to stays.
    std::size_t melt(instant t, const interval& i, std::size_t at_most);
    [[nodiscard]] std::size_t size() const { return samples_.size(); }
    // Starts from a sample whose bytes are accounted for already.
    void start_from(byte_sample base, instant newest_update);

    // Calls flow(byte_flow) for each piece between the kept samples of [opened, closed); returns the newest of them.
    template <class Flow>
    byte_sample walk(const interval& i, Flow flow) const {
        byte_sample last = based_ ? base_ : byte_sample{i.opened, 0};
        for (const byte_sample& next : samples_) {
            if (next.at > i.closed) break;
            if (next.bytes == session::no_bytes || next.at <= last.at || next.bytes < last.bytes) continue;
            flow(byte_flow{last.at, next.at, next.bytes - last.bytes});
            last = next;
        }
        return last;
    }
    void write(byte_writer& to) const;
    // Leaves `from` failed if it is not what write() makes.
    static sample_history read(byte_reader& from);
    [[nodiscard]] std::size_t memory_bytes() const { return sizeof *this + samples_.capacity() * sizeof(byte_sample); }

private:
    void melt_first(const interval& i);

    std::vector<byte_sample> samples_;  // sorted by time, then bytes; dropped ones among them
    byte_sample base_{};  // when based_: the newest kept one of those that melted; earlier ones come too late
    bool based_ = false;
    instant newest_update_{milliseconds{std::numeric_limits<std::int64_t>::min()}};
};

// What does not fit into the record of a session that has samples.
struct sampled_session {
    sample_history history;
    std::uint32_t texts = session::nothing;         // while it may still be open
    std::uint64_t close_bytes = session::no_bytes;  // of the real close
};

}  // namespace streamstats
