// Group commit: one thread takes all that is queued, writes it in one piece, syncs once and answers; meanwhile the next
// group gathers, and goes on for a moment (gather_policy).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "journal/gather_policy.hpp"
#include "journal/segment_store.hpp"
#include "streamstats/journal/journal.hpp"

namespace streamstats::journal {

class group_writer final : public writer {
public:
    group_writer(std::unique_ptr<segment_store> segments, const writer_limits& limits);
    ~group_writer() override;
    group_writer(const group_writer&) = delete;
    group_writer& operator=(const group_writer&) = delete;

    void append(frame_kind kind, journal::payload payload, completion done) override;
    void trim(lsn upto) override;
    [[nodiscard]] writer_status status() const override;
    bool work() override;

private:
    struct entry {
        frame_kind kind{};
        journal::payload payload;
        completion done;
        append_outcome outcome = append_outcome::durable;  // of an entry that is not refused: what it will be
        lsn number = 0;
    };
    using group = std::vector<entry>;
    using clock = std::chrono::steady_clock;

    void run();
    void round(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool has_work() const;  // with the mutex held
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    void gather(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool has_gathered() const;  // with the mutex held
    group take_group();
    void remove_segments(lsn upto);
    void commit(group& entries);
    // Adds entries to the segment, up to the end or to one that has to go to the next segment when those are written.
    group::iterator place(group::iterator begin, group::iterator end);
    bool place_one(entry& one);
    [[nodiscard]] bool fits(const entry& one) const;
    append_outcome make_room(const entry& one);
    void prepare_segment();
    void write_added();
    void answer(group::iterator begin, group::iterator end);
    void fail(const file_failure& trouble);
    void publish();

    const writer_limits limits_;

    // The writer's thread alone.
    std::unique_ptr<segment_store> segments_;
    lsn appended_ = 0;
    lsn durable_ = 0;
    bool failed_ = false;
    bool refused_for_room_ = false;
    std::string trouble_;
    double last_sync_seconds_ = 0;
    clock::time_point retry_at_{};

    mutable std::mutex mutex_;  // guards all below
    std::condition_variable wake_;
    std::deque<entry> queue_;
    std::uint64_t queued_bytes_ = 0;
    lsn trim_upto_ = 0;
    gather_policy policy_;
    bool gathering_ = false;
    bool stopping_ = false;
    writer_status status_;

    std::thread thread_;
};

}  // namespace streamstats::journal
