// How trouble travels inside store/: thrown where it is noticed, turned into a value where it leaves the folder.
#pragma once

#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

class store_error : public std::runtime_error {
public:
    explicit store_error(store_failure why) : std::runtime_error(why.what), why_(std::move(why)) {}
    store_error(store_trouble trouble, std::string what, std::string hint = {})
        : store_error(store_failure{{std::move(what), std::move(hint)}, trouble}) {}
    [[nodiscard]] const store_failure& why() const { return why_; }

private:
    store_failure why_;
};

// Runs `action` and returns its result, or the failure that it threw.
template <class Result, class Action>
Result as_value(Action&& action) noexcept {
    try {
        return std::forward<Action>(action)();
    } catch (const store_error& e) {
        return e.why();
    } catch (const std::bad_alloc&) {
        return store_failure{{"out of memory while talking to the store", "give the process more memory"},
                             store_trouble::busy};
    } catch (const std::exception& e) {
        return store_failure{{std::string("the store failed: ") + e.what(), {}}, store_trouble::away};
    }
}

// The same for methods that have nothing to return but a failure.
template <class Action>
std::optional<store_failure> as_failure(Action&& action) noexcept {
    return as_value<std::optional<store_failure>>([&]() -> std::optional<store_failure> {
        std::forward<Action>(action)();
        return std::nullopt;
    });
}

}  // namespace streamstats::store
