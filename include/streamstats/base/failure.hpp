// Trouble outside (disk, database, socket) as a value: what was attempted, and what the operator can do.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace streamstats {

struct failure {
    std::string what;  // what was attempted and how it failed; never holds a secret
    std::string hint;  // what the operator can do; may be empty
};

// A T, or why there is none.
template <class T, class Failure = failure>
class result {
public:
    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(Failure trouble) : state_(std::in_place_index<1>, std::move(trouble)) {}

    explicit operator bool() const { return state_.index() == 0; }
    // Each asserts that it is the one that is there.
    T& value() { return std::get<0>(state_); }
    const T& value() const { return std::get<0>(state_); }
    const Failure& error() const { return std::get<1>(state_); }

private:
    std::variant<T, Failure> state_;
};

}  // namespace streamstats
