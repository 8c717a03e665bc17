#include "journal/bench.hpp"

#include "support/catch.hpp"

namespace streamstats::testing {

using journal::append_outcome;
using journal::frame_kind;
using journal::lsn;

bytes payload_of(std::uint64_t id, std::size_t size) {
    bytes payload;
    random_source random(id);
    for (unsigned i = 0; i < 8; ++i) payload.push_back(static_cast<std::byte>(id >> (8 * i)));
    while (payload.size() < size) payload.push_back(static_cast<std::byte>(random.next()));
    return payload;
}

std::uint64_t id_of(journal::bytes_view payload) {
    if (payload.size() < 8) return 0;
    std::uint64_t id = 0;
    for (unsigned i = 0; i < 8; ++i) id |= static_cast<std::uint64_t>(payload[i]) << (8 * i);
    const bytes right = payload_of(id, payload.size());
    return std::equal(right.begin(), right.end(), payload.begin(), payload.end()) ? id : 0;
}

journal::writer::completion answers::take(std::uint64_t id) {
    return [this, id](append_outcome outcome, lsn number) {
        const std::lock_guard lock(mutex_);
        all_.push_back({id, outcome, number});
        changed_.notify_all();
    };
}

std::vector<answers::one> answers::wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return all_.size() >= count; });
    return all_;
}

std::size_t answers::count() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
}

reading read_all(journal::file_system& files, lsn from) {
    reading seen;
    const auto visit = [&](const journal::frame_header& header, journal::bytes_view payload) {
        REQUIRE(seen.ids.count(header.number) == 0);
        REQUIRE((seen.ids.empty() || seen.ids.rbegin()->first < header.number));
        seen.ids[header.number] = id_of(payload);
        return journal::visit_outcome::go_on;
    };
    auto found = journal::read_journal(files, from, visit, nullptr);
    if (found) seen.found = found.value();
    if (!found) seen.failure = found.error().what;
    return seen;
}

bench::bench(journal::writer_limits with, std::uint64_t seed) : disk(seed), limits(with) {}

journal::writer_limits bench::small_limits() {
    journal::writer_limits small;
    small.segment_bytes = 1024;
    small.queue_bytes_max = 8192;
    small.group_bytes_max = 512;
    small.room_retry = std::chrono::milliseconds{0};
    return small;
}

bench& bench::open() {
    writer.reset();
    open_failure.clear();
    const reading before = read_all(disk, 1);
    REQUIRE(before.failure.empty());
    auto opened = journal::writer::open(disk, limits, before.found);
    if (opened) writer = std::move(opened.value());
    if (!opened) open_failure = opened.error().what;
    return *this;
}

bench& bench::close() {
    writer.reset();
    return *this;
}

answers::one bench::append(std::uint64_t id, frame_kind kind) {
    answers got;
    writer->append(kind, payload_of(id, payload_bytes), got.take(id));
    return got.wait_for(1).front();
}

// From inside an answer nothing can be taken in between.
std::vector<answers::one> bench::append_group(std::uint64_t first, std::uint64_t last) {
    answers got;
    const auto append_all = [&](append_outcome, lsn) {
        for (std::uint64_t id = first; id <= last; ++id) {
            writer->append(frame_kind::batch, payload_of(id, payload_bytes), got.take(id));
        }
    };
    // Too large for any segment: answered without a write.
    writer->append(frame_kind::batch, bytes(static_cast<std::size_t>(limits.segment_bytes)), append_all);
    return got.wait_for(static_cast<std::size_t>(last - first + 1));
}

bench& bench::fill(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t id = first; id <= last; ++id) REQUIRE(append(id).outcome == append_outcome::durable);
    return *this;
}

// Segments are removed before what is appended later is written.
bench& bench::trim(lsn upto) {
    writer->trim(upto);
    answers got;
    writer->append(frame_kind::batch, bytes(static_cast<std::size_t>(limits.segment_bytes)), got.take(0));
    got.wait_for(1);
    return *this;
}

bench& bench::crash() {
    disk.cut_power();
    writer.reset();
    disk.restore_power();
    return *this;
}

std::vector<std::string> bench::segments() {
    const auto names = disk.list();
    std::vector<std::string> found;
    for (const std::string& name : names.value()) {
        if (name.ends_with(".seg")) found.push_back(name);
    }
    return found;
}

bytes segment_of(const std::vector<told_frame>& frames) {
    bytes segment;
    for (const told_frame& f : frames) {
        journal::append_frame(segment, frame_kind::batch, f.number, f.durable, payload_of(f.id));
    }
    segment.resize(1024);
    return segment;
}

}  // namespace streamstats::testing
