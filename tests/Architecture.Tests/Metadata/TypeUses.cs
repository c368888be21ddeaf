using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Sessions.Architecture.Tests.Metadata;

/// <summary>
/// Which types of an assembly use which others of it: in what they derive from, in members, attributes and instructions. Constants are not
/// seen: the compiler writes their values.
/// </summary>
internal sealed class TypeUses
{
    private readonly PEReader file;
    private readonly MetadataReader reader;
    private readonly HashSet<(TypeDefinitionHandle From, TypeDefinitionHandle To)> uses = [];

    private TypeUses(PEReader file)
    {
        this.file = file;
        reader = file.GetMetadataReader();
        foreach (var handle in reader.TypeDefinitions)
        {
            new Visit(this, handle).Run();
        }
    }

    /// <summary>The namespaces of an assembly below a root, each with those that it uses; the root itself is ".".</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="root">The namespace that the folder of the project stands for.</param>
    /// <param name="aliases">Namespaces outside of the root that belong to a folder of it all the same.</param>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> ByFolder(
        string path, string root, IReadOnlyDictionary<string, string>? aliases = null)
    {
        using var file = new PEReader(File.OpenRead(path));
        var all = new TypeUses(file);
        var folders = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var handle in all.reader.TypeDefinitions)
        {
            if (FolderOf(handle) is { } folder)
            {
                folders.TryAdd(folder, new(StringComparer.Ordinal));
            }
        }

        foreach (var (from, to) in all.uses)
        {
            if (FolderOf(from) is { } user && FolderOf(to) is { } used && user != used)
            {
                folders[user].Add(used);
            }
        }

        return folders.ToDictionary(one => one.Key, one => (IReadOnlySet<string>)one.Value, StringComparer.Ordinal);

        string? FolderOf(TypeDefinitionHandle handle)
        {
            var name = all.NamespaceOf(handle);
            return name == root ? "."
                : name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..].Replace('.', '/')
                : aliases?.GetValueOrDefault(name);
        }
    }

    /// <summary>The namespace of a type, which is that of the outermost type around it.</summary>
    private string NamespaceOf(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        while (type.IsNested)
        {
            type = reader.GetTypeDefinition(type.GetDeclaringType());
        }

        return reader.GetString(type.Namespace);
    }

    /// <summary>Everything that one type names.</summary>
    private sealed class Visit
    {
        private readonly TypeUses all;
        private readonly TypeDefinitionHandle from;
        private readonly TypeCollector collector;

        public Visit(TypeUses all, TypeDefinitionHandle from)
        {
            (this.all, this.from) = (all, from);
            collector = new TypeCollector(to => all.uses.Add((from, to)));
        }

        private MetadataReader Reader => all.reader;

        public void Run()
        {
            var type = Reader.GetTypeDefinition(from);
            Use(type.BaseType);
            UseAttributes(type.GetCustomAttributes());
            UseConstraints(type.GetGenericParameters());
            foreach (var implementation in type.GetInterfaceImplementations())
            {
                Use(Reader.GetInterfaceImplementation(implementation).Interface);
            }

            foreach (var field in type.GetFields())
            {
                var definition = Reader.GetFieldDefinition(field);
                definition.DecodeSignature(collector, null);
                UseAttributes(definition.GetCustomAttributes());
            }

            foreach (var property in type.GetProperties())
            {
                UseAttributes(Reader.GetPropertyDefinition(property).GetCustomAttributes());
            }

            foreach (var method in type.GetMethods())
            {
                UseMethod(Reader.GetMethodDefinition(method));
            }
        }

        private void UseMethod(MethodDefinition method)
        {
            method.DecodeSignature(collector, null);
            UseAttributes(method.GetCustomAttributes());
            UseConstraints(method.GetGenericParameters());
            if (method.RelativeVirtualAddress == 0)
            {
                return;
            }

            var body = all.file.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
            {
                Reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(collector, null);
            }

            foreach (var region in body.ExceptionRegions)
            {
                Use(region.CatchType);
            }

            foreach (var token in MethodTokens.In(body))
            {
                Use(token);
            }
        }

        private void UseAttributes(CustomAttributeHandleCollection attributes)
        {
            foreach (var attribute in attributes)
            {
                Use(Reader.GetCustomAttribute(attribute).Constructor);
            }
        }

        private void UseConstraints(GenericParameterHandleCollection parameters)
        {
            foreach (var constraint in parameters.SelectMany(parameter => Reader.GetGenericParameter(parameter).GetConstraints()))
            {
                Use(Reader.GetGenericParameterConstraint(constraint).Type);
            }
        }

        private void Use(EntityHandle handle)
        {
            switch (handle.IsNil ? (HandleKind?)null : handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    all.uses.Add((from, (TypeDefinitionHandle)handle));
                    break;
                case HandleKind.TypeSpecification:
                    Reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(collector, null);
                    break;
                case HandleKind.MethodDefinition:
                    var method = Reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                    Use(method.GetDeclaringType());
                    method.DecodeSignature(collector, null);
                    break;
                case HandleKind.FieldDefinition:
                    var field = Reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                    Use(field.GetDeclaringType());
                    field.DecodeSignature(collector, null);
                    break;
                case HandleKind.MethodSpecification:
                    var instance = Reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                    instance.DecodeSignature(collector, null);
                    Use(instance.Method);
                    break;
                case HandleKind.MemberReference:
                    UseMember(Reader.GetMemberReference((MemberReferenceHandle)handle));
                    break;
                case HandleKind.StandaloneSignature:
                    Reader.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(collector, null);
                    break;
                case null or HandleKind.TypeReference:
                    break;
                case var kind:
                    throw new NotSupportedException($"A type that names a {kind} is not known here.");
            }
        }

        private void UseMember(MemberReference member)
        {
            Use(member.Parent);
            if (member.GetKind() == MemberReferenceKind.Method)
            {
                member.DecodeMethodSignature(collector, null);
            }
            else
            {
                member.DecodeFieldSignature(collector, null);
            }
        }
    }
}
