#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "streamstats/wire/decode.hpp"
#include "wire/event_form.hpp"

namespace streamstats::wire {
namespace {

constexpr std::array no_events{std::byte{0}};  // their number

}  // namespace

void batch::add(const play_event& event) {
    events.push_back(event);
    try {
        keep_last();
    } catch (...) {
        events.pop_back();
        throw;
    }
}

void batch::keep_last() {
    assert(kept_ + 1 == events.size());
    play_event& event = events.back();
    const std::size_t bytes = written_bytes_at_most(event);
    if (end_ + bytes > record_bytes_) make_room(bytes);
    end_ = static_cast<std::size_t>(write_event(&record_[end_], event) - record_.get());
    ++kept_;
    write_count();
}

std::span<const std::byte> batch::encoded() const {
    assert(kept_ == events.size());  // what is not in the record would be lost in a crash
    if (kept_ == 0) return no_events;
    return {&record_[begin_], end_ - begin_};
}

void batch::clear() {
    const bool was_unusual = events.capacity() > events_kept_max || record_bytes_ > record_bytes_kept_max;
    if (was_unusual) *this = {};
    events.clear();
    std::vector<rejection>{}.swap(rejections);
    received = 0;
    ignored = 0;
    begin_ = count_bytes_max;
    end_ = count_bytes_max;
    kept_ = 0;
}

std::size_t batch::room() const {
    return sizeof *this + events.capacity() * sizeof(play_event) + record_bytes_;
}

// For one more event of so many bytes and, unless that were unusually much, for as many like it as `events` has room
// for. The texts move along.
void batch::make_room(std::size_t bytes) {
    const std::size_t all_alike = end_ + (events.capacity() - kept_) * std::min(bytes, event_bytes_usual);
    const std::size_t usual =
        std::min(std::max({record_bytes_min, 2 * record_bytes_, all_alike}), record_bytes_kept_max);
    const std::size_t size = end_ + bytes <= usual ? usual : std::max(2 * record_bytes_, end_ + bytes);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(size);
    if (kept_ > 0) std::memcpy(&larger[begin_], &record_[begin_], end_ - begin_);
    for (play_event& event : std::span(events).first(kept_)) {
        visit_texts(event, [&](text_ref& text) {
            const auto place = reinterpret_cast<const std::byte*>(text.data()) - record_.get();
            text = std::string_view(reinterpret_cast<const char*>(larger.get() + place), text.size());
        });
    }
    record_ = std::move(larger);
    record_bytes_ = size;
}

// Each byte of it has seven bits.
void batch::write_count() {
    std::size_t digits = 1;
    for (std::size_t left = kept_ >> 7U; left > 0; left >>= 7U) ++digits;
    begin_ = count_bytes_max - digits;
    byte_filler(&record_[begin_]).number(kept_);
}

}  // namespace streamstats::wire
