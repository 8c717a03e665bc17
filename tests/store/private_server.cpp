#include "store/private_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>

#include "store/mysql_connection.hpp"
#include "store/store_error.hpp"

namespace streamstats::test {
namespace {

using namespace std::chrono_literals;

// A port that nobody listens on now.
std::uint16_t free_port() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(listener, generic, size) == 0 && ::getsockname(listener, generic, &size) == 0;
    ::close(listener);
    if (!bound) throw std::runtime_error("no free port on 127.0.0.1");
    return ntohs(address.sin_port);
}

// Starts a program whose output goes to `log`, and which does not outlive this process.
pid_t start(const std::vector<std::string>& command, const std::filesystem::path& log) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    const pid_t process = ::fork();
    if (process < 0) throw std::runtime_error("cannot start a process");
    if (process > 0) return process;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Programs of the server are in /usr/sbin, which is not on everybody's PATH.
std::string program(const std::string& name) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
        if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
    }
    throw std::runtime_error(name + " is not installed; these tests need the package mariadb-server");
}

std::vector<std::string> as_root_if_we_are(std::vector<std::string> command) {
    if (::geteuid() == 0) command.emplace_back("--user=root");
    return command;
}

}  // namespace

private_server::private_server() : port_(free_port()) {
    const std::string folder = directory_.path().string();
    const std::filesystem::path log = directory_.path() / "server.log";
    const pid_t installer =
        start(as_root_if_we_are({program("mariadb-install-db"), "--no-defaults", "--datadir=" + folder + "/data",
                                 "--skip-test-db", "--auth-root-authentication-method=normal"}),
              log);
    int status = 0;
    ::waitpid(installer, &status, 0);
    if (status != 0) throw std::runtime_error("mariadb-install-db failed:\n" + content_of(log));
    // As unlike our sessions as can be, so that a test notices a session that is not set up.
    process_ = start(as_root_if_we_are({program("mariadbd"), "--no-defaults", "--datadir=" + folder + "/data",
                                        "--socket=" + folder + "/socket", "--pid-file=" + folder + "/pid",
                                        "--bind-address=127.0.0.1", "--port=" + std::to_string(port_),
                                        "--default-time-zone=+03:00", "--sql-mode=", "--character-set-server=latin1",
                                        "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M"}),
                     log);
    wait_until_it_answers();
}

private_server::~private_server() {
    if (process_ < 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

mysql_settings private_server::administrator() const {
    mysql_settings settings;
    settings.host = "127.0.0.1";
    settings.port = port_;
    settings.user = "root";
    settings.password = "";
    settings.name = "mysql";
    return settings;
}

void private_server::wait_until_it_answers() {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (;;) {
        try {
            const store::mysql_connection connection(administrator());
            return;
        } catch (const store::store_error& e) {
            const bool gone = ::waitpid(process_, nullptr, WNOHANG) == process_;
            if (gone) process_ = -1;
            if (gone || std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error(std::string("mariadbd does not answer: ") + e.what() + "\n" +
                                         content_of(directory_.path() / "server.log"));
            }
        }
        std::this_thread::sleep_for(20ms);  // nothing tells when a server begins to listen
    }
}

}  // namespace streamstats::test
