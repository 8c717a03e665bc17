#include "streamstats/wire/decode.hpp"

#include <algorithm>
#include <cstdint>
#include <new>
#include <optional>
#include <span>

#include "streamstats/wire/utf8.hpp"
#include "wire/agent_cache.hpp"
#include "wire/event_members.hpp"
#include "wire/event_reader.hpp"
#include "wire/json_walker.hpp"
#include "wire/token_index.hpp"

namespace streamstats::wire {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t event_bytes_usual = 128;  // at least; for a guess of how many there are

decode_outcome not_json(std::string_view why) {
    return {decode_error::not_json, "the body is not JSON: " + std::string{why}};
}

// Takes the events from a text whose tokens were found.
class batch_reader {
public:
    batch_reader(std::string_view text, std::span<const std::uint32_t> tokens, std::span<const std::size_t> damage,
                 agent_cache& agents, batch& into)
        : text_(text), walker_(text, tokens, damage), agents_(agents), into_(into) {}

    decode_outcome read() {
        if (!read_text()) return not_json(walker_.reason());
        if (wrong_shape_) {
            return {decode_error::wrong_shape,
                    "the body must be an event (a JSON object), an array of events, or an object with an array "
                    "`events`"};
        }
        if (into_.received > batch_events_max) {
            return {decode_error::too_many_events,
                    "the body must have at most " + std::to_string(batch_events_max) + " events"};
        }
        return {};
    }

private:
    bool read_text() {
        switch (walker_.first()) {
            case '[':
                return read_array() && is_all();
            case '{':
                return read_object();
            default:
                wrong_shape_ = true;
                return walker_.skip() && is_all();
        }
    }

    bool is_all() { return walker_.at_end() || walker_.fail("something follows after the end"); }

    bool read_array() {
        if (!walker_.ends_with(']')) return walker_.fail("an array is not closed");
        return walker_.walk_array([this] { return read_element(); });
    }

    // One event, or what is around a batch. Which of them shows at its end, so `events` is read as if it were a batch.
    bool read_object() {
        if (!walker_.ends_with('}')) return walker_.fail("an object is not closed");
        const std::size_t begin = walker_.position();
        outer_.clear();
        const bool is_json = walker_.walk_object([this](std::string_view name) {
            const field f = field_named(name);
            return f == field::events ? read_events() : read_member(f, outer_);
        });
        if (!is_json || !is_all()) return false;

        const json_value* const events = outer_.find(field::events);
        const bool is_event = outer_.find(field::event) != nullptr || !outer_.has(field::events);
        if (is_event) {
            into_.clear();
            into_.received = 1;
            if (walker_.damaged_strings() > 0) outer_.set_damaged();
            conclude(outer_, begin);
        } else {
            wrong_shape_ = events == nullptr || events->kind != json_kind::array;
        }
        return true;
    }

    bool read_events() {
        into_.clear();  // of an earlier `events`: the last wins
        if (walker_.first() != '[') return read_member(field::events, outer_);
        outer_.place_for(field::events).kind = json_kind::array;
        return walker_.walk_array([this] { return read_element(); });
    }

    bool read_member(field f, event_members& members) {
        return f == field::unknown_ ? walker_.skip() : walker_.read(members.place_for(f));
    }

    bool read_element() {
        ++into_.received;
        const std::size_t begin = walker_.position();
        if (walker_.first() != '{') {
            if (!walker_.skip()) return false;
            if (!is_too_many()) reject({"", "must be a JSON object"}, begin);
            return true;
        }
        const std::size_t damaged_before = walker_.damaged_strings();
        members_.clear();
        if (!walker_.walk_object([this](std::string_view name) { return read_member(field_named(name), members_); })) {
            return false;
        }
        if (walker_.damaged_strings() > damaged_before) members_.set_damaged();
        if (!is_too_many()) conclude(members_, begin);
        return true;
    }

    // Then the rest is only checked to be JSON.
    [[nodiscard]] bool is_too_many() const { return into_.received > batch_events_max; }

    // `begin`: of the event's JSON, which the walker has just gone past.
    void conclude(const event_members& members, std::size_t begin) {
        complaint why;
        if (into_.events.size() == into_.events.capacity()) make_room();
        into_.events.push_back(empty_event_);  // filled in its place; emplace_back() would clear it byte by byte first
        const verdict found = read_event(members, agents_, into_, why);
        if (found == verdict::accepted) return;
        into_.events.pop_back();
        if (found == verdict::ignored) {
            ++into_.ignored;
        } else {
            reject(why, begin);
        }
    }

    // For as many events as there will be in all if the others are like those read, but not for more than is usual.
    // Apart, since it is seldom called, and with it the compiler would no longer make one piece of the walk.
    [[gnu::noinline]] void make_room() {
        const std::size_t alike = text_.size() * into_.received / walker_.position() + 1;
        const std::size_t usual = text_.size() / event_bytes_usual + 1;
        into_.events.reserve(std::max(std::min(alike, usual), 2 * into_.events.size()));
    }

    void reject(const complaint& why, std::size_t begin) {
        const std::string_view json = without_space_behind(text_.substr(begin, walker_.position() - begin));
        into_.rejections.push_back({static_cast<std::size_t>(into_.received) - 1, std::string{why.field},
                                    std::string{why.message}, std::string{cut_utf8(json, rejected_json_bytes_max)}});
    }

    const play_event empty_event_;
    std::string_view text_;
    json_walker walker_;
    agent_cache& agents_;
    batch& into_;
    event_members members_;  // of the event being read
    event_members outer_;    // of an object that is the whole body
    bool wrong_shape_ = false;
};

decode_outcome not_indexed(simdjson::error_code error) {
    switch (error) {
        case simdjson::MEMALLOC:
            throw std::bad_alloc{};
        case simdjson::EMPTY:
            return not_json("it is empty");
        case simdjson::UNCLOSED_STRING:
            return not_json("a string is not closed");
        case simdjson::UNESCAPED_CHARS:
            return not_json("a control character in a string is not escaped");
        default:
            return not_json(simdjson::error_message(error));
    }
}

}  // namespace

struct decoder::state {
    token_index index;
    agent_cache agents;

    // nullopt: the body is not UTF-8, and nothing was taken.
    std::optional<decode_outcome> decode(std::string_view body, std::span<const std::size_t> damage, batch& into) {
        const simdjson::error_code error = index.index(body);
        if (error == simdjson::UTF8_ERROR && damage.empty()) return std::nullopt;
        if (error != simdjson::SUCCESS) return not_indexed(error);
        return batch_reader{body, index.tokens(), damage, agents, into}.read();
    }
};

decoder::decoder() : state_(std::make_unique<state>()) {}
decoder::~decoder() = default;
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;

decode_outcome decoder::decode(std::string_view body, batch& into) {
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    std::optional<decode_outcome> outcome = state_->decode(body, {}, into);
    if (!outcome) {
        const repaired_text repaired = repair_utf8(body);
        outcome = state_->decode(repaired.text, repaired.damage, into);
    }
    state_->index.trim();
    return outcome.value_or(not_json("it is not UTF-8"));
}

}  // namespace streamstats::wire
