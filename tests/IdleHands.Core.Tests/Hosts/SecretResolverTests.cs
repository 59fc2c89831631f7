using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class SecretResolverTests
{
    private const string Variable = "IH_TEST_SECRET";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("env:NAME", null, "NAME")]
    [InlineData("secret://name", null, "name")]
    [InlineData("secret://vault/name", "vault", "name")]
    [InlineData("secret://my vault/my.name-1", "my vault", "my.name-1")]
    public void A_reference_says_where_a_secret_is(string text, string? vault, string name)
    {
        SecretReference? reference = SecretReference.TryParse(text);

        Assert.NotNull(reference);
        Assert.Equal((text.StartsWith("env:", StringComparison.Ordinal), vault, name), (reference.IsEnvironment, reference.Vault, reference.Name));
    }

    [Theory]
    [InlineData("env:")]
    [InlineData("env: NAME")]
    [InlineData("env:A=B")]
    [InlineData("secret:")]
    [InlineData("secret://")]
    [InlineData("secret:///name")]
    [InlineData("secret://vault/")]
    [InlineData("secret://vault/folder/name")]
    [InlineData("secret:// name")]
    [InlineData("secret://na\nme")]
    [InlineData("SECRET://name")]
    [InlineData("name")]
    public async Task Anything_else_is_no_reference_and_is_refused(string text)
    {
        Assert.Null(SecretReference.TryParse(text));

        IdleHandsException failure = await FailAsync(new SecretResolver(new Vault()), text);

        Assert.Contains("it is no reference to a secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_the_environment_and_the_vault()
    {
        Environment.SetEnvironmentVariable(Variable, "from here");
        try
        {
            var values = await new SecretResolver(new Vault()).ResolveAsync(
                Map(("A", $"env:{Variable}"), ("B", "secret://name"), ("C", "secret://work/name")), Token);

            Assert.Equal(
                [new("A", "from here"), new("B", "name of the default"), new("C", "name of work")],
                values.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray());
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Theory]
    [InlineData("env:IH_NOT_SET_ANYWHERE", "'IH_NOT_SET_ANYWHERE' is not set", "$env:IH_NOT_SET_ANYWHERE")]
    [InlineData("secret://locked", "the vault is locked", "Unlock-SecretStore")]
    [InlineData("secret://nul", "NUL character", "Set-Secret -Name nul")]
    public async Task What_is_not_to_be_had_is_told_with_what_to_do(string reference, string why, string advice)
    {
        IdleHandsException failure = await FailAsync(new SecretResolver(new Vault()), reference);

        Assert.Contains($"The secret '{reference}' of the variable 'KEY' is not to be had: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        Assert.Contains(advice, failure.Recommendation, StringComparison.Ordinal);
        Assert.Equal(reference, failure.Target);
    }

    [Fact]
    public async Task Without_a_vault_a_secret_of_one_is_not_to_be_had()
    {
        IdleHandsException failure = await FailAsync(new SecretResolver(), "secret://name");

        Assert.Contains("there is no vault", failure.Message, StringComparison.Ordinal);
        Assert.Contains("env:NAME", failure.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_to_be_had_is_left_out_where_that_may_be()
    {
        var values = await new SecretResolver(new Vault()).ResolveAvailableAsync(Map(("A", "secret://locked"), ("B", "secret://name")), Token);

        Assert.Equal([new("B", "name of the default")], values);
    }

    [Fact]
    public async Task The_vault_is_asked_once_for_each_secret_also_by_many_at_once_and_when_it_has_none()
    {
        var vault = new Vault();
        var resolver = new SecretResolver(vault);
        EnvironmentMap references = Map(("A", "secret://name"), ("B", "secret://locked"), ("C", "secret://name"));

        await Parallel.ForAsync(0, 50, Token, async (_, token) => await resolver.ResolveAvailableAsync(references, token));

        Assert.Equal(["locked", "name"], vault.Asked.Order());
    }

    [Fact]
    public async Task A_cancel_breaks_the_wait_off_and_the_next_who_asks_gets_an_answer()
    {
        var vault = new Vault();
        var resolver = new SecretResolver(vault);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task asking = resolver.ResolveAvailableAsync(Map(("KEY", "secret://slow")), cancel.Token);
        await vault.IsWaiting.Task.WaitAsync(Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        vault.IsSlow = false;
        Assert.Equal("slow of the default", (await resolver.ResolveAsync(Map(("KEY", "secret://slow")), Token))["KEY"]);
    }

    [Fact]
    public async Task Who_asks_while_another_is_being_broken_off_gets_an_answer()
    {
        var vault = new Vault { End = new TaskCompletionSource() };
        var resolver = new SecretResolver(vault);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task asking = resolver.ResolveAvailableAsync(Map(("KEY", "secret://slow")), cancel.Token);
        await vault.IsWaiting.Task.WaitAsync(Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        // The vault has not let go of the first question yet.
        Task<IReadOnlyDictionary<string, string>> next = resolver.ResolveAsync(Map(("KEY", "secret://slow")), Token);
        vault.IsSlow = false;
        vault.End.SetResult();

        Assert.Equal("slow of the default", (await next)["KEY"]);
        Assert.Equal(["slow", "slow"], vault.Asked);
    }

    [Fact]
    public async Task What_was_read_is_masked_in_what_programs_print()
    {
        var resolver = new SecretResolver(new Vault());
        Assert.Equal("name of work", resolver.Redact("name of work"));

        await resolver.ResolveAsync(Map(("KEY", "secret://work/name")), Token);

        Assert.Equal("it is ***", resolver.Redact("it is name of work"));
        Assert.Null(resolver.Redact(null));
    }

    private static EnvironmentMap Map(params (string Name, string Value)[] variables) =>
        new(variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));

    private static async Task<IdleHandsException> FailAsync(SecretResolver resolver, string reference)
    {
        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => resolver.ResolveAsync(Map(("KEY", reference)), Token));
        Assert.Equal(("SecretUnavailable", FailureKind.NotFound), (failure.ErrorId, failure.Kind));
        return failure;
    }

    /// <summary>A vault that says which secret of which vault was read.</summary>
    private sealed class Vault : ISecretVault
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Asked { get; } = new();

        public TaskCompletionSource IsWaiting { get; } = new();

        public bool IsSlow { get; set; } = true;

        /// <summary>What a question that is broken off waits for before it ends; null: nothing.</summary>
        public TaskCompletionSource? End { get; init; }

        public async Task<string> ReadAsync(string? vault, string name, CancellationToken cancellationToken)
        {
            Asked.Enqueue(name);
            await Task.Yield();
            if (name == "slow" && IsSlow)
            {
                IsWaiting.SetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
                finally
                {
                    await (End?.Task ?? Task.CompletedTask);
                }
            }

            return name switch
            {
                "locked" => throw new VaultException("the vault is locked", "Unlock-SecretStore unlocks it."),
                "nul" => "a\0b",
                _ => $"{name} of {vault ?? "the default"}",
            };
        }
    }
}
