#include "journal/group_writer.hpp"

#include <algorithm>
#include <utility>

#include "streamstats/base/mutant.hpp"
#include "streamstats/base/thread.hpp"

namespace streamstats::journal {
namespace {

// While there is no next segment, batches leave this share of the last one to the frames that help to get room again.
constexpr std::uint64_t reserve_share = 8;

}  // namespace

result<std::unique_ptr<writer>, file_failure> writer::open(file_system& files, const writer_limits& limits,
                                                           const recovered& found) {
    auto segments = segment_store::open(files, limits, found);
    if (!segments) return segments.error();
    return std::unique_ptr<writer>(std::make_unique<group_writer>(std::move(segments.value()), limits));
}

group_writer::group_writer(std::unique_ptr<segment_store> segments, const writer_limits& limits)
    : limits_(limits),
      segments_(std::move(segments)),
      appended_(segments_->last()),
      durable_(appended_),
      policy_(limits) {
    retry_at_ = clock::now() + limits_.room_retry;
    publish();
    if (limits_.own_thread) thread_ = std::thread([this] { run(); });
}

group_writer::~group_writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void group_writer::append(frame_kind kind, journal::payload payload, completion done) {
    entry one{kind, std::move(payload), std::move(done), append_outcome::durable, 0};
    const std::uint64_t bytes = frame_bytes(one.payload.size());
    const bool too_large = one.payload.size() > payload_bytes_max || bytes > limits_.segment_bytes;
    {
        const std::lock_guard lock(mutex_);
        const bool overloaded = queued_bytes_ + bytes > limits_.queue_bytes_max;
        if (too_large || (overloaded && !mutant::breaks("queue_is_bounded"))) {
            // Waits for its turn all the same, so that answers keep their order, but without its bytes.
            one.outcome = append_outcome::overloaded;
            one.payload = {};
        }
        const bool counts = one.outcome == append_outcome::durable;
        queue_.push_back(std::move(one));
        if (counts) queued_bytes_ += bytes;
        if (gathering_ && !has_gathered()) return;
    }
    wake_.notify_one();
}

void group_writer::trim(lsn upto) {
    {
        const std::lock_guard lock(mutex_);
        trim_upto_ = std::max(trim_upto_, upto);
    }
    wake_.notify_one();
}

writer_status group_writer::status() const {
    const std::lock_guard lock(mutex_);
    writer_status now = status_;
    now.queued_bytes = queued_bytes_;
    return now;
}

void group_writer::run() {
    name_thread("journal");
    std::unique_lock lock(mutex_);
    for (;;) {
        wait_for_work(lock);
        if (stopping_ && queue_.empty()) return;
        gather(lock);
        round(lock);
    }
}

bool group_writer::work() {
    std::unique_lock lock(mutex_);
    const bool found = has_work();
    const bool room_is_due = !failed_ && !segments_->has_next() && clock::now() >= retry_at_;
    if (found || room_is_due) round(lock);
    return found;
}

void group_writer::round(std::unique_lock<std::mutex>& lock) {
    const lsn upto = std::exchange(trim_upto_, 0);
    group entries = take_group();
    lock.unlock();
    if (upto > 0) remove_segments(upto);
    if (!segments_->has_next() && clock::now() >= retry_at_) prepare_segment();
    commit(entries);
    publish();
    lock.lock();
}

bool group_writer::has_work() const {
    return !queue_.empty() || trim_upto_ > 0;
}

// Without a next segment it wakes now and then to ask for one, also if nothing is appended.
void group_writer::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto must_wake = [this] { return stopping_ || has_work(); };
    if (segments_->has_next() || failed_) {
        wake_.wait(lock, must_wake);
    } else {
        wake_.wait_until(lock, retry_at_, must_wake);
    }
}

void group_writer::gather(std::unique_lock<std::mutex>& lock) {
    gathering_ = true;
    wake_.wait_for(lock, policy_.time(), [this] { return has_gathered(); });
    gathering_ = false;
    policy_.took({queue_.size(), queued_bytes_});
}

bool group_writer::has_gathered() const {
    return stopping_ || queue_.empty() || policy_.is_complete({queue_.size(), queued_bytes_});
}

group_writer::group group_writer::take_group() {
    group entries;
    std::uint64_t bytes = 0;
    while (!queue_.empty() && bytes < limits_.group_bytes_max) {
        const entry& one = queue_.front();
        if (one.outcome == append_outcome::durable) bytes += frame_bytes(one.payload.size());
        entries.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    queued_bytes_ -= bytes;
    return entries;
}

void group_writer::remove_segments(lsn upto) {
    if (failed_) return;
    if (const auto trouble = segments_->trim(upto)) return fail(*trouble);
    retry_at_ = clock::now();  // there may be room now
}

void group_writer::commit(group& entries) {
    for (auto begin = entries.begin(); begin != entries.end();) {
        const auto end = place(begin, entries.end());
        write_added();
        publish();
        answer(begin, end);
        begin = end;
    }
}

group_writer::group::iterator group_writer::place(group::iterator begin, group::iterator end) {
    for (auto one = begin; one != end; ++one) {
        if (!place_one(*one)) return one;
    }
    return end;
}

// False: what was added has to be synced before this one can begin a segment.
bool group_writer::place_one(entry& one) {
    if (one.outcome != append_outcome::durable) return true;
    if (!fits(one)) {
        if (segments_->has_added()) return false;
        one.outcome = make_room(one);
        if (one.outcome != append_outcome::durable) return true;
    }
    if (failed_) {
        one.outcome = append_outcome::failed;
        return true;
    }
    one.number = ++appended_;
    const lsn durable = mutant::breaks("frames_say_what_was_durable") ? 0 : durable_;
    segments_->add(one.kind, one.number, durable, one.payload);
    return true;
}

bool group_writer::fits(const entry& one) const {
    const bool saving = one.kind == frame_kind::batch && !segments_->has_next();
    const std::uint64_t reserve = saving ? limits_.segment_bytes / reserve_share : 0;
    return frame_bytes(one.payload.size()) + reserve <= segments_->room();
}

append_outcome group_writer::make_room(const entry& one) {
    if (!failed_ && !segments_->has_next() && clock::now() >= retry_at_) prepare_segment();
    if (failed_) return append_outcome::failed;
    if (segments_->has_next() && !fits(one)) {
        if (const auto trouble = segments_->advance(appended_ + 1)) {
            fail(*trouble);
            return append_outcome::failed;
        }
        prepare_segment();
    }
    if (failed_) return append_outcome::failed;
    if (fits(one)) return append_outcome::durable;
    refused_for_room_ = true;
    return append_outcome::no_room;
}

void group_writer::prepare_segment() {
    if (failed_) return;
    const auto prepared = segments_->prepare();
    if (prepared.for_ever) return fail(*prepared.trouble);
    if (prepared.trouble) trouble_ = prepared.trouble->what;
    if (!prepared.trouble) refused_for_room_ = false;
    retry_at_ = clock::now() + limits_.room_retry;
}

void group_writer::write_added() {
    if (!segments_->has_added()) return;
    auto trouble = segments_->write();
    const clock::time_point begin = clock::now();
    if (!trouble && !mutant::breaks("answer_follows_sync")) trouble = segments_->sync();
    if (trouble && mutant::breaks("failed_sync_is_not_retried")) trouble = segments_->sync();
    last_sync_seconds_ = std::chrono::duration<double>(clock::now() - begin).count();
    if (trouble) return fail(*trouble);
    durable_ = appended_;
}

void group_writer::answer(group::iterator begin, group::iterator end) {
    for (auto one = begin; one != end; ++one) {
        if (one->number > durable_) {
            one->outcome = append_outcome::failed;
            one->number = 0;
        }
        if (one->done) one->done(one->outcome, one->number);
        one->payload = {};
        one->done = nullptr;
    }
}

void group_writer::fail(const file_failure& trouble) {
    failed_ = !mutant::breaks("failure_is_for_ever");
    trouble_ = trouble.what;
}

void group_writer::publish() {
    const std::lock_guard lock(mutex_);
    status_.appended = appended_;
    status_.durable = durable_;
    status_.no_room = refused_for_room_;
    status_.failed = failed_;
    status_.trouble = trouble_;
    status_.segments = segments_->segments();
    status_.bytes = segments_->bytes();
    status_.last_sync_seconds = last_sync_seconds_;
}

}  // namespace streamstats::journal
