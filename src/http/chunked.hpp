// The body of `Transfer-Encoding: chunked`, strictly: CR LF line ends, short size lines, no trailers (RELIABILITY,
// faults 31 and 32). Extensions are skipped if they are what RFC 9112 allows, within a limit. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace streamstats::http {

// Where in the extensions of a chunk the next character stands: `;name=value` or `;name="quoted"`, blanks allowed
// around the semicolon and the equals sign.
enum class extension_step : std::uint8_t {
    before_semicolon,  // after a blank: nothing else may come
    before_name,
    name,
    after_name,  // and a blank
    before_value,
    value,
    quoted,
    quoted_pair,
    after_quoted,
};

enum class chunk_state : std::uint8_t { more, whole, broken, too_large };

class chunk_reader {
public:
    explicit chunk_reader(std::size_t body_bytes_max) : body_bytes_max_{body_bytes_max} {}
    // Takes what it can of `input`, appends the data to `into`, and returns how much it took: all of it unless the
    // body ends in it or the state is an error.
    std::size_t take(std::string_view input, std::string& into);
    [[nodiscard]] chunk_state state() const { return state_; }
    // The rule that a broken body breaks.
    [[nodiscard]] std::string_view rule() const { return rule_; }

    static constexpr std::size_t extension_bytes_max = 4'096;  // of a whole body

private:
    enum class step : std::uint8_t { size, extension, size_end, data, data_return, data_end, last_return, last_end };

    void take_character(char c);
    void take_size(char c);
    void begin_extension(extension_step where);
    void take_extension(char c);
    void expect(char c, char wanted, step next);
    void end_of_size_line();
    std::size_t take_data(std::string_view input, std::string& into);
    void fail(std::string_view rule);

    std::size_t body_bytes_max_;
    std::size_t body_bytes_ = 0;
    std::size_t chunk_left_ = 0;
    std::size_t extension_bytes_ = 0;
    unsigned digits_ = 0;
    step step_ = step::size;
    extension_step extension_ = extension_step::before_semicolon;
    chunk_state state_ = chunk_state::more;
    std::string_view rule_;
};

}  // namespace streamstats::http
