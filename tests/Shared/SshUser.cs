namespace IdleHands.Testing;

/// <summary>A throw-away account that can log in by a password. Only root can make one.</summary>
public sealed class SshUser : IAsyncDisposable
{
    private readonly string _askPass = $"/tmp/idlehands-askpass-{Guid.NewGuid():N}";

    private SshUser(string name, string password, string home)
    {
        Name = name;
        Password = password;
        Home = home;
    }

    /// <summary>Why no account can be made here, for a skip; null where one can.</summary>
    public static string? WhyNot { get; } =
        SshServer.WhyNot
        ?? (!Environment.IsPrivilegedProcess ? "a throw-away account takes root"
            : new[] { "useradd", "userdel", "chpasswd" }.Any(tool => ToolRun.Find(tool) is null) ? "there is no useradd, userdel or chpasswd here"
            : null);

    public string Name { get; }

    public string Password { get; }

    /// <summary>Its home by the system's list of users, where its commands start.</summary>
    public string Home { get; }

    /// <summary>Variables with which ssh gets the password from a program, and never from a terminal (from OpenSSH 8.4 on).</summary>
    public IReadOnlyDictionary<string, string> AskPass =>
        new Dictionary<string, string> { ["SSH_ASKPASS"] = _askPass, ["SSH_ASKPASS_REQUIRE"] = "force" };

    /// <summary>Makes an account.</summary>
    /// <param name="name">Its name, which may hold a dot; one that nobody has where null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<SshUser> CreateAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        string suffix = Guid.NewGuid().ToString("N")[..8];
        var user = new SshUser(name ?? $"ih.{suffix}", $"pass word {Guid.NewGuid():N}", $"/tmp/idlehands-user-{suffix}");
        // --badname lets a dot pass. It is --badnames in older versions, which take the beginning of an option as well.
        (await ToolRun.RunAsync(
            "useradd",
            ["--badname", "--create-home", "--home-dir", user.Home, "--shell", "/bin/sh", "--no-user-group", "--gid", "nogroup", user.Name],
            cancellationToken: cancellationToken)).OrThrow("useradd");
        try
        {
            (await ToolRun.RunAsync("chpasswd", [], $"{user.Name}:{user.Password}\n", cancellationToken: cancellationToken)).OrThrow("chpasswd");
            await File.WriteAllTextAsync(user._askPass, $"#!/bin/sh\necho '{user.Password}'\n", cancellationToken);
            File.SetUnixFileMode(user._askPass, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return user;
        }
        catch
        {
            await user.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_askPass);
        // By force: a command that it was left running is no reason to keep it.
        (await ToolRun.RunAsync("userdel", ["--force", "--remove", Name])).OrThrow("userdel");
    }
}
