// A request body -> events (SEMANTICS 1). Pure: no I/O, clock, log or shared state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/bytes.hpp"
#include "streamstats/base/play_event.hpp"

namespace streamstats::wire {

// Why one event was not taken. It alone is refused, never its batch.
struct rejection {
    std::size_t index = 0;  // position in the batch, from 0
    std::string field;      // "bytes", "id", …; empty: the event as a whole
    std::string message;    // the rule it breaks, in words: "must be an integer of at least 0"
    std::string json;       // the event as it was sent, at most rejected_json_bytes_max (cut at a UTF-8 border);
                            // U+FFFD where it was not UTF-8
};
inline constexpr std::size_t rejected_json_bytes_max = 8'192;

// Keeps its events as bytes, in the form in which the journal has them (event_codec.hpp); their texts are views into
// these. So it may outlive the body and its decoder. Movable; moving does not move the bytes. What was moved from may
// only be destroyed or assigned to.
class batch {
public:
    std::vector<play_event> events;     // accepted, in the order sent
    std::vector<rejection> rejections;  // all of them, in the order sent
    std::uint64_t received = 0;         // = events + ignored + rejections
    std::uint64_t ignored = 0;          // known shape, but not an event of ours

    // Takes an accepted event, whose texts lie elsewhere and are copied. Those of earlier ones may move; the views in
    // `events` move along. Throws if there is no memory: then nothing was added.
    void add(const play_event& event);
    // The same for one that is the last of `events` already; if it throws, that one is there still, and not kept.
    void keep_last();
    // All of them as the journal has them: their number, then one after another. Until the batch changes.
    [[nodiscard]] std::span<const std::byte> encoded() const;
    // Empty again, as if it were new, but a usual batch's room is kept for the next one.
    void clear();
    // What it takes in memory, rejections aside.
    [[nodiscard]] std::size_t room() const;

private:
    void make_room(std::size_t bytes);
    void write_count();

    static constexpr std::size_t event_bytes_usual = 512;          // at most
    static constexpr std::size_t record_bytes_min = 1'024;         // most batches of one event need no more
    static constexpr std::size_t record_bytes_kept_max = 262'144;  // room for so many bytes …
    static constexpr std::size_t events_kept_max = 1'024;          // … of so many events
    static constexpr std::size_t count_bytes_max = number_bytes_max;
    std::unique_ptr<std::byte[]> record_;  // the events from count_bytes_max on; their number right in front of them
    std::size_t record_bytes_ = 0;         // room
    std::size_t begin_ = count_bytes_max;
    std::size_t end_ = count_bytes_max;
    std::size_t kept_ = 0;
};

enum class decode_error : std::uint8_t {
    none,
    not_json,     // the body is not one JSON text (syntax, UTF-8 outside of strings, depth, empty body, two documents)
    wrong_shape,  // JSON, but neither an event, an array, nor {"events": [ … ]}
    too_many_events,  // more than batch_events_max
};

struct decode_outcome {
    decode_error error = decode_error::none;
    std::string message;  // for the problem document; empty when error is none
};

inline constexpr std::size_t batch_events_max = 1'000'000;
inline constexpr std::size_t json_depth_max = 1'024;  // arrays and objects inside each other
inline constexpr std::size_t id_bytes_max = 128;
inline constexpr std::size_t name_bytes_max = 255;  // server, media, proto, user_id, ip
inline constexpr std::size_t user_agent_bytes_max = 4'096;

// Fills `into` (which must be empty). On an error nothing in it may be used. Decoders may be reused and are not shared
// between threads; each keeps its parser's buffers (not those of an unusually large body) and a bounded cache of
// User-Agent classes. The body is read where it is, needs no room behind it, and may go when decode() returns.
//
// All of the body is checked to be JSON, also what is ignored. An object is one event, unless it has an array `events`
// and no `event`. A byte order mark at the beginning is skipped.
class decoder {
public:
    decoder();
    ~decoder();
    decoder(decoder&&) noexcept;
    decoder& operator=(decoder&&) noexcept;

    decode_outcome decode(std::string_view body, batch& into);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace streamstats::wire
