// A MariaDB server of our own: private data directory, a free port on 127.0.0.1, gone when the object is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "streamstats/store/open_store.hpp"
#include "support/temporary_directory.hpp"

namespace streamstats::test {

using testing::temporary_directory;

class private_server {
public:
    // Throws std::runtime_error if there is no mariadbd, or if it does not answer.
    private_server();
    ~private_server();
    private_server(const private_server&) = delete;
    private_server& operator=(const private_server&) = delete;

    // How its administrator connects; `name` is a database that every server has.
    [[nodiscard]] mysql_settings administrator() const;

private:
    void wait_until_it_answers();

    temporary_directory directory_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

}  // namespace streamstats::test
