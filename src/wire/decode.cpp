#include "streamstats/wire/decode.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <span>

#include "streamstats/wire/utf8.hpp"
#include "wire/agent_cache.hpp"
#include "wire/event_members.hpp"
#include "wire/event_reader.hpp"
#include "wire/json_walker.hpp"

namespace streamstats::wire {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t buffer_bytes_min = 65'536;
constexpr std::size_t buffer_bytes_kept_max = 1'048'576;  // the parser needs seven times as much beside it
constexpr std::size_t event_bytes_usual = 128;            // at least; for a first guess of how many there are

decode_outcome not_json(std::string_view why) {
    return {decode_error::not_json, "the body is not JSON: " + std::string{why}};
}

// Takes the events from a text that the parser has indexed.
class batch_reader {
public:
    batch_reader(simdjson::ondemand::document& document, std::string_view text, std::span<const std::size_t> damage,
                 agent_cache& agents, batch& into)
        : document_(document), text_(text), walker_(text, damage), agents_(agents), into_(into) {}

    decode_outcome read() {
        into_.events.reserve(text_.size() / event_bytes_usual + 1);
        const std::string_view first = document_.raw_json_token().value_unsafe();
        const bool is_json = first.starts_with('[')   ? read_array()
                             : first.starts_with('{') ? read_object(first.data())
                                                      : read_scalar(first);
        if (!is_json) return not_json(walker_.reason());
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
    using array = json_walker::array;
    using object = json_walker::object;
    using value = json_walker::value;

    // Where the parser stands; nullptr: behind the last token.
    const char* position() {
        const char* place = nullptr;
        return document_.current_location().get(place) == simdjson::SUCCESS ? place : nullptr;
    }
    bool at_end(bool ended) { return ended || walker_.fail("something follows after the end"); }

    bool read_scalar(std::string_view token) {
        json_value passed;
        wrong_shape_ = true;
        return walker_.read_scalar(without_space_behind(token), passed) &&
               at_end(token.data() + token.size() == text_.data() + text_.size());
    }

    bool read_array() {
        array elements;
        if (document_.get_array().get(elements) != simdjson::SUCCESS) return walker_.fail("an array is not closed");
        return walker_.walk(elements, [this](value& element) { return read_element(element); }) &&
               at_end(position() == nullptr);
    }

    // One event, or what is around a batch. Which of them shows at its end, so `events` is read as if it were a batch.
    bool read_object(const char* begin) {
        object members;
        if (document_.get_object().get(members) != simdjson::SUCCESS) return walker_.fail("an object is not closed");
        outer_.clear();
        const bool is_json = walker_.walk(members, [this](std::string_view name, value& member) {
            const field f = field_named(name);
            return f == field::events ? read_events(member) : read_member(f, member, outer_);
        });
        if (!is_json || !at_end(position() == nullptr)) return false;

        const json_value* const events = outer_.find(field::events);
        const bool is_event = outer_.find(field::event) != nullptr || !outer_.has(field::events);
        if (is_event) {
            forget_events();
            into_.received = 1;
            if (walker_.damaged_strings() > 0) outer_.set_damaged();
            conclude(outer_, begin);
        } else {
            wrong_shape_ = events == nullptr || events->kind != json_kind::array;
        }
        return true;
    }

    bool read_events(value& member) {
        forget_events();  // of an earlier `events`: the last wins
        array elements;
        if (member.get_array().get(elements) != simdjson::SUCCESS) return read_member(field::events, member, outer_);
        outer_.place_for(field::events) = {json_kind::array, {}};
        return walker_.walk(elements, [this](value& element) { return read_element(element); });
    }

    void forget_events() {
        into_.events.clear();
        into_.rejections.clear();
        into_.received = 0;
        into_.ignored = 0;
    }

    bool read_member(field f, value& member, event_members& members) {
        json_value passed;
        return walker_.read(member, f == field::unknown_ ? passed : members.place_for(f));
    }

    bool read_element(value& element) {
        ++into_.received;
        const std::string_view token = element.raw_json_token();
        const std::size_t damaged_before = walker_.damaged_strings();
        members_.clear();
        object members;
        if (element.get_object().get(members) != simdjson::SUCCESS) {
            json_value passed;
            if (!walker_.read(element, passed)) return false;
            const bool is_array = passed.kind == json_kind::array;
            if (!is_too_many()) reject({"", "must be a JSON object"}, is_array ? json_from(token.data()) : token);
            return true;
        }
        const bool is_json = walker_.walk(members, [this](std::string_view name, value& member) {
            return read_member(field_named(name), member, members_);
        });
        if (!is_json) return false;
        if (walker_.damaged_strings() > damaged_before) members_.set_damaged();
        if (!is_too_many()) conclude(members_, token.data());
        return true;
    }

    // Then the rest is only checked to be JSON.
    [[nodiscard]] bool is_too_many() const { return into_.received > batch_events_max; }

    // `begin`: of the event's JSON, which the parser has just gone past.
    void conclude(const event_members& members, const char* begin) {
        play_event event;
        complaint why;
        switch (read_event(members, agents_, into_, event, why)) {
            case verdict::accepted:
                into_.events.push_back(event);
                return;
            case verdict::ignored:
                ++into_.ignored;
                return;
            case verdict::rejected:
                reject(why, json_from(begin));
                return;
        }
    }

    // The text from `begin` to where the parser stands.
    std::string_view json_from(const char* begin) {
        const char* const next = position();
        const char* const end = next == nullptr ? text_.data() + text_.size() : next;
        return {begin, static_cast<std::size_t>(end - begin)};
    }

    void reject(const complaint& why, std::string_view json) {
        into_.rejections.push_back({static_cast<std::size_t>(into_.received) - 1, std::string{why.field},
                                    std::string{why.message},
                                    std::string{cut_utf8(without_space_behind(json), rejected_json_bytes_max)}});
    }

    simdjson::ondemand::document& document_;
    std::string_view text_;
    json_walker walker_;
    agent_cache& agents_;
    batch& into_;
    event_members members_;  // of the event being read
    event_members outer_;    // of an object that is the whole body
    bool wrong_shape_ = false;
};

// The body with room behind it, as the parser wants it, and the parser's own buffers; all are used again.
class body_index {
public:
    // `text` is the body's copy here, good until the next call.
    simdjson::error_code index(std::string_view body, std::string_view& text, simdjson::ondemand::document& document) {
        if (body.empty()) return simdjson::EMPTY;
        if (const simdjson::error_code error = reserve(body.size()); error != simdjson::SUCCESS) return error;
        std::memcpy(text_.get(), body.data(), body.size());
        std::memset(text_.get() + body.size(), 0, simdjson::SIMDJSON_PADDING);
        text = {text_.get(), body.size()};
        return parser_.iterate(text_.get(), body.size(), capacity_ + simdjson::SIMDJSON_PADDING).get(document);
    }

    // Gives back what an unusually large body took.
    void trim() {
        if (capacity_ <= buffer_bytes_kept_max) return;
        text_.reset();
        capacity_ = 0;
        parser_ = simdjson::ondemand::parser{};
    }

private:
    simdjson::error_code reserve(std::size_t bytes) {
        if (bytes <= capacity_) return simdjson::SUCCESS;
        const std::size_t wanted = std::max(std::bit_ceil(bytes), buffer_bytes_min);
        text_.reset();
        capacity_ = 0;
        text_ = std::make_unique_for_overwrite<char[]>(wanted + simdjson::SIMDJSON_PADDING);
        // The walker counts the depth; the parser only needs to have room for it.
        if (const auto error = parser_.allocate(wanted, json_depth_max + 8); error != simdjson::SUCCESS) return error;
        capacity_ = wanted;
        return simdjson::SUCCESS;
    }

    simdjson::ondemand::parser parser_;
    std::unique_ptr<char[]> text_;
    std::size_t capacity_ = 0;  // of text_ without the room behind it, and of the parser
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
    body_index index;
    agent_cache agents;

    // nullopt: the body is not UTF-8, and nothing was taken.
    std::optional<decode_outcome> decode(std::string_view body, std::span<const std::size_t> damage, batch& into) {
        std::string_view text;
        simdjson::ondemand::document document;
        const simdjson::error_code error = index.index(body, text, document);
        if (error == simdjson::UTF8_ERROR && damage.empty()) return std::nullopt;
        if (error != simdjson::SUCCESS) return not_indexed(error);
        return batch_reader{document, text, damage, agents, into}.read();
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
